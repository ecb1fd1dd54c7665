import { describe, expect, test } from "vitest";
import type { TestClient } from "./client.js";
import { jobEvent } from "./fake-engine.js";
import { serve } from "./harness.js";

/** Everything a client was told so far: a request's answer shows that nothing is on its way. */
async function told(client: TestClient): Promise<unknown[]> {
  client.request("version");
  const lines: unknown[] = [];
  for (;;) {
    const line = await client.next();
    if ("return" in line) return lines;
    lines.push(line);
  }
}

const create = (client: TestClient) => client.call("create_job", [], { owner: "me" });

describe("watching", () => {
  test("all jobs and machines", async () => {
    const { connect, engine } = await serve();
    const [watcher, other] = [await connect(), await connect()];
    await watcher.call("notify_job");
    await watcher.call("notify_machine", [null]);
    await create(other);
    expect(await told(watcher)).toEqual([{ jobs_changed: [1] }, { machines_changed: ["m"] }]);
    engine.commitsAlone = false;
    engine.makeReady(1);
    expect(await told(watcher)).toEqual([]);
    engine.commit();
    expect(await told(watcher)).toEqual([{ jobs_changed: [1] }]);
  });

  test("single ones only: before they exist, too", async () => {
    const { connect } = await serve();
    const [watcher, other] = [await connect(), await connect()];
    await watcher.call("notify_job", [2]);
    await watcher.call("notify_machine", ["t"]);
    await watcher.call("notify_machine", ["nosuch"]);
    for (let i = 0; i < 3; i++) await create(other);
    expect(await told(watcher)).toEqual([{ jobs_changed: [2] }]);
    await other.call("create_job", [], { owner: "me", machine: "t" });
    expect(await told(watcher)).toEqual([{ machines_changed: ["t"] }]);
  });

  test("everything swallows single watches, and ends with all of them", async () => {
    const { connect } = await serve();
    const [watcher, other] = [await connect(), await connect()];
    await watcher.call("notify_job", [7]);
    await watcher.call("notify_job");
    await watcher.call("notify_job", [1]);
    await watcher.call("no_notify_job", [1]);
    await create(other);
    expect(await told(watcher)).toEqual([{ jobs_changed: [1] }]);
    await watcher.call("no_notify_job");
    await other.call("destroy_job", [1]);
    expect(await told(watcher)).toEqual([]);
  });

  test("one less, and what is not watched is not missed", async () => {
    const { connect } = await serve();
    const [watcher, other] = [await connect(), await connect()];
    for (const id of [1, 2]) await watcher.call("notify_job", [id]);
    await watcher.call("no_notify_job", [1]);
    for (const id of [77, "x", 1.5, [1], {}]) {
      expect(await watcher.call("no_notify_job", [id])).toBeNull();
    }
    for (const id of ["x", 1.5]) expect(await watcher.call("notify_job", [id])).toBeNull();
    await watcher.call("no_notify_machine", ["m"]);
    await create(other);
    await create(other);
    expect(await told(watcher)).toEqual([{ jobs_changed: [2] }]);
  });

  test("ends with the job, whose last change is told", async () => {
    const { connect } = await serve({ watches: 1 });
    const [watcher, other] = [await connect(), await connect()];
    for (let id = 1; id <= 3; id++) {
      await watcher.call("notify_job", [id]);
      expect(await watcher.ask("notify_job", [99])).toHaveProperty("exception");
      await create(other);
      await other.call("destroy_job", [id]);
      expect(await told(watcher)).toEqual([{ jobs_changed: [id] }, { jobs_changed: [id] }]);
    }
  });
});

describe("notifications", () => {
  test("come behind the answers of their own connection, merged", async () => {
    const { connect, engine } = await serve();
    engine.commitsAlone = false;
    const client = await connect();
    await client.call("notify_job");
    await client.call("notify_machine");
    for (let i = 0; i < 2; i++) client.request("create_job", [], { owner: "me" });
    const other = await connect();
    while (engine.currentMark() < 2) await other.call("version");
    engine.commit();
    expect(await client.next()).toEqual({ return: 1 });
    expect(await client.next()).toEqual({ return: 2 });
    expect(await client.next()).toEqual({ jobs_changed: [1, 2] });
    expect(await client.next()).toEqual({ machines_changed: ["m"] });
  });

  test("of a client that does not read merge, and none is lost", async () => {
    const { connect, engine, server } = await serve();
    const [slow, other] = [await connect(), await connect()];
    await slow.call("notify_job");
    slow.socket.pause();
    const rounds = 20_000;
    const ids = Array.from({ length: 100 }, (_, i) => 1_000_000 + i);
    for (let i = 0; i < rounds; i++) {
      engine.tell([...ids, 2_000_000 + (i % 500)].map(jobEvent));
      if (i % 200 === 0) await other.call("version");
    }
    expect(await other.call("version")).toBe("1.0.0");
    expect(server.connectionCount).toBe(2);
    engine.touches.length = 0;
    slow.socket.resume();
    slow.request("version");
    const seen = new Set<number>();
    let lines = 0;
    let answered = false;
    // The answer was asked for last, but the ids that collected meanwhile may come behind it.
    while (!answered || seen.size < ids.length + 500) {
      const line = await slow.next();
      if ("return" in line) answered = true;
      else for (const id of line["jobs_changed"] as number[]) seen.add(id);
      lines += 1;
    }
    expect(lines).toBeLessThan(rounds);
    expect(await told(slow)).toEqual([]);
  });
});
