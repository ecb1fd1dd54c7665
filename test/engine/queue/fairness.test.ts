/** Shares of hosts: no client keeps another waiting by how much it asks for. */

import { describe, expect, it } from "vitest";
import { type ConfigurationDescription, QUEUE_POLICIES } from "../../../src/config/description.js";
import type { PlacementRequest } from "../../../src/domain/request.js";
import type { ClientActor } from "../../../src/engine/contract/actors.js";
import { EngineHarness } from "../engine-harness.js";
import { boards, configuration, machine, newJob } from "../fixtures.js";
import { fate } from "../jobs.js";

type Rules = Partial<ConfigurationDescription>;

const HONEST: ClientActor = { kind: "client", host: "10.0.0.1" };
const OTHER: ClientActor = { kind: "client", host: "10.0.0.2" };
const HOSTILE: ClientActor = { kind: "client", host: "10.0.0.66" };

const triads = (width: number, height: number, more: Partial<PlacementRequest> = {}) =>
  boards(0, { size: { kind: "triads", width, height }, ...more });

/** Clients that do not wait for one answer before they ask for the next thing. */
class Clients extends EngineHarness {
  /** Ids of jobs whose creators were answered. */
  readonly answered: number[] = [];

  ask(actor: ClientActor, request: PlacementRequest, count = 1): void {
    for (let n = 0; n < count; n++) {
      this.engine.createJob(newJob(request), actor, (jobId) => this.answered.push(jobId));
    }
  }

  create(actor: ClientActor, request: PlacementRequest): number {
    this.ask(actor, request);
    this.settle();
    return this.answered.at(-1)!;
  }

  /** Ends a job, and lets its boards cool down. */
  end(jobId: number): void {
    this.engine.destroy(jobId, null, HONEST);
    this.pass(31_000);
  }

  get running(): number[] {
    return [...this.engine.jobs()].filter(({ placed }) => placed).map(({ jobId }) => jobId);
  }
}

function world(width: number, height: number, rules: Rules = {}): Clients {
  return new Clients(configuration([machine("m", width, height)], rules));
}

describe("a thousand jobs for the whole machine, of which one board is in use", () => {
  const WHOLE = triads(20, 20);

  it("leave one of the 1,199 free boards to a job of another host", () => {
    const clients = world(20, 20, { queuePolicy: "overtake" });
    clients.create(OTHER, boards(1));
    clients.ask(HOSTILE, WHOLE, 1000);
    clients.settle();
    expect(fate(clients, clients.create(HONEST, boards(1)))).toBe("ready");
  });

  it("leave it to one that asks while they do", () => {
    const clients = world(20, 20, { queuePolicy: "overtake" });
    clients.create(OTHER, boards(1));
    clients.ask(HOSTILE, WHOLE, 500);
    clients.ask(HONEST, boards(1));
    clients.ask(HOSTILE, WHOLE, 500);
    clients.settle();
    expect(fate(clients, 502)).toBe("ready");
  });

  it("leave it to a job of another host though each asks for something else", () => {
    const clients = world(20, 20, { queuePolicy: "overtake" });
    clients.create(OTHER, boards(1));
    for (let n = 1; n <= 1000; n++) clients.ask(HOSTILE, triads(20, 20, { minRatio: n / 1000 }));
    clients.settle();
    expect(fate(clients, clients.create(HONEST, boards(1)))).toBe("ready");
  });

  it.each(QUEUE_POLICIES)("are overtaken under %s once one of them has run", (queuePolicy) => {
    const clients = world(20, 20, { queuePolicy, maxSecondsOvertaken: 30 });
    const first = clients.create(OTHER, boards(1));
    clients.ask(HOSTILE, WHOLE, 1000);
    clients.settle();
    clients.pass(60_000);
    const jobs = [1, 2, 3].map(() => clients.create(HONEST, boards(1)));
    clients.end(first);
    expect(clients.running).toEqual([2]);
    clients.end(2);
    expect(jobs.map((jobId) => fate(clients, jobId))).toEqual(["ready", "ready", "ready"]);
  });
});

describe.each(QUEUE_POLICIES)("under %s", (queuePolicy) => {
  const rules = { queuePolicy, maxSecondsOvertaken: 30 };

  it("nobody else waits for a job that waits for boards of its own host", () => {
    const clients = world(4, 2, rules);
    const own = clients.create(HOSTILE, boards(1));
    const whole = clients.create(HOSTILE, triads(4, 2));
    clients.pass(3_600_000);
    expect(fate(clients, clients.create(HONEST, boards(1)))).toBe("ready");
    expect([own, whole].map((jobId) => fate(clients, jobId))).toEqual(["ready", "queued"]);
  });

  it("nor while the boards of its host cool down again and again", () => {
    const clients = world(4, 2, rules);
    clients.create(HOSTILE, boards(1));
    const other = clients.create(HOSTILE, boards(1));
    clients.create(HOSTILE, triads(4, 1, { requireTorus: false }));
    clients.create(HOSTILE, triads(4, 2));
    clients.pass(3_600_000);
    clients.engine.destroy(other, null, HOSTILE);
    clients.settle();
    expect(fate(clients, clients.create(HONEST, boards(1)))).toBe("ready");
  });

  it("a large job starts though others never cease to ask for small ones", () => {
    const clients = world(4, 2, rules);
    for (let n = 0; n < 24; n++) clients.create(OTHER, boards(1));
    const whole = clients.create(HONEST, triads(4, 2));
    for (let round = 0; round < 100 && fate(clients, whole) === "queued"; round++) {
      clients.ask(OTHER, boards(1), 2);
      clients.ask(HOSTILE, boards(1), 2);
      clients.end(clients.running[0]!);
    }
    expect(fate(clients, whole)).toBe("ready");
  });

  it("hosts that ask for jobs of one size get as many of them", () => {
    const clients = world(4, 2, rules);
    const first = clients.create(OTHER, triads(4, 2));
    clients.ask(HOSTILE, boards(12), 100);
    clients.ask(HONEST, boards(12), 4);
    clients.settle();
    clients.end(first);
    const ran = new Set(clients.running);
    while (ran.size < 8) {
      clients.end(clients.running[0]!);
      for (const jobId of clients.running) ran.add(jobId);
    }
    const honest = [...ran].filter((jobId) => jobId > 101).length;
    // Both of the first two may be of the one that came first.
    expect(honest).toBeGreaterThanOrEqual(queuePolicy === "fifo" ? 4 : 3);
  });

  it("who has stayed away does not come first for as long", () => {
    const clients = world(4, 2, rules);
    let last = clients.create(OTHER, triads(4, 2));
    clients.ask(HOSTILE, triads(4, 2), 30);
    for (let n = 0; n < 10; n++) {
      clients.end(last);
      [last] = clients.running as [number];
    }
    clients.ask(HONEST, triads(4, 2), 5);
    clients.settle();
    const ran: string[] = [];
    for (let n = 0; n < 6; n++) {
      clients.end(last);
      [last] = clients.running as [number];
      ran.push((clients.engine.job(last) as { host: string }).host);
    }
    expect(ran.filter((host) => host === HONEST.host).length).toBe(3);
  });

  it("jobs of one host start in order of creation", () => {
    const clients = world(4, 2, rules);
    const first = clients.create(OTHER, triads(4, 2));
    for (let n = 0; n < 6; n++) for (const host of [HONEST, HOSTILE]) clients.ask(host, boards(24));
    clients.settle();
    const ran: number[] = [];
    for (let last = first; ran.length < 12; ) {
      clients.end(last);
      [last] = clients.running as [number];
      ran.push(last);
    }
    const of = ({ host }: ClientActor) =>
      ran.filter((id) => (id % 2 === 0) === (host === HONEST.host));
    for (const host of [HONEST, HOSTILE])
      expect(of(host)).toEqual([...of(host)].sort((a, b) => a - b));
  });
});

describe("a host that is ahead", () => {
  it("has no rows reserved for it while another waits", () => {
    const clients = world(8, 8, { queuePolicy: "overtake" });
    const top = boards(0, { size: { kind: "board", board: [0, 7, 0] } });
    clients.create(OTHER, top);
    clients.create(OTHER, top);
    clients.create(HOSTILE, triads(8, 8));
    for (let n = 0; n < 2; n++) clients.end(clients.create(HOSTILE, triads(8, 7)));
    clients.ask(HONEST, boards(3), 40);
    clients.settle();
    const running = clients.running.filter((jobId) => jobId > 5);
    expect(running.length).toBe(40);
  });
});

describe("when there is no time to search for everybody", () => {
  /** Every search has time for its first job only. */
  function slowWorld(): Clients {
    const clients = world(20, 20, { queuePolicy: "overtake" });
    const { search } = clients;
    search.find = ({ batch }) => {
      const { epoch, results } = Object.getPrototypeOf(search).find.call(search, { batch });
      return { epoch, results: results.slice(0, 1) };
    };
    return clients;
  }

  it("a job is answered after one search for each host, whatever the others ask", () => {
    const clients = slowWorld();
    clients.create(OTHER, boards(1));
    for (let n = 1; n <= 200; n++) clients.ask(HOSTILE, triads(20, 20, { minRatio: n / 1000 }));
    clients.ask(HONEST, boards(1));
    const honest = 202;
    let searches = 0;
    for (; !clients.answered.includes(honest) && searches < 100; searches++) {
      if (clients.clock.turnIsOpen) clients.clock.endTurn();
      while (clients.store.hasWaiting) clients.store.commitOne();
      clients.answerSearch();
      // Boards come free somewhere all the time: what did not fit is to be searched for again.
      clients.engine["state"].machines[0]!.queue.roomChanged();
      if (clients.clock.turnIsOpen) clients.clock.endTurn();
    }
    expect(searches).toBeLessThanOrEqual(4);
  });

  it("also one that cannot be placed yet, of which only the feasibility is to be found out", () => {
    const clients = slowWorld();
    clients.create(OTHER, boards(1));
    for (let n = 1; n <= 200; n++) clients.ask(HOSTILE, triads(20, 20, { minRatio: n / 1000 }));
    clients.clock.endTurn();
    clients.clock.passTo(3_600_000);
    clients.ask(HONEST, boards(2));
    let searches = 0;
    for (; !clients.answered.includes(202) && searches < 100; searches++) {
      if (clients.clock.turnIsOpen) clients.clock.endTurn();
      clients.answerSearch();
      clients.engine["state"].machines[0]!.queue.roomChanged();
      if (clients.clock.turnIsOpen) clients.clock.endTurn();
    }
    expect(searches).toBeLessThanOrEqual(8);
  });
});
