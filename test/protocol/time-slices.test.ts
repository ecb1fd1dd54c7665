import { expect, test } from "vitest";
import { TimeSlices } from "../../src/protocol/connection/time-slices.js";
import { Host, type SliceTaker } from "../../src/protocol/hosts/host.js";

const now = () => performance.now();
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** Time that passes when it is told to. */
class Clock {
  ms = 0;

  /** Slices of rounds of 2 ms. */
  slices({ hosts = 2 } = {}): TimeSlices {
    return new TimeSlices({
      roundMs: () => 2,
      isOneHost: () => hosts === 1,
      areManyArriving: () => false,
      now: () => this.ms,
    });
  }
}

/** Work of so many pieces; notes each turn it gets. */
function worker(
  { slices, host }: { slices: TimeSlices; host: Host },
  name: string,
  pieces: number,
  log: string[],
  work: () => void = () => undefined,
): SliceTaker {
  const taker: SliceTaker = {
    host,
    runSlice(endsAt) {
      do {
        pieces--;
        work();
      } while (pieces > 0 && slices.now() < endsAt);
      log.push(name);
      if (pieces > 0) slices.wait(taker);
    },
  };
  return taker;
}

test("everybody who waits gets a turn before anybody gets a second, and all work is done", async () => {
  // No time at all: each turn is one piece, and a round is over before it has begun.
  const slices = new TimeSlices({
    roundMs: () => 1e-6,
    isOneHost: () => true,
    areManyArriving: () => false,
    now,
  });
  const host = new Host("10.0.0.1");
  const log: string[] = [];
  for (const name of ["a", "b", "c"]) slices.wait(worker({ slices, host }, name, 4, log));
  while (log.length < 12) await nextTurn();
  for (let round = 0; round < 4; round++) {
    expect(new Set(log.slice(3 * round, 3 * round + 3)).size).toBe(3);
  }
});

test("one that was just read from has less time while others wait", () => {
  const host = new Host("10.0.0.1");
  const slices = new TimeSlices({
    roundMs: () => 1000,
    isOneHost: () => true,
    areManyArriving: () => false,
    now,
  });
  const alone = slices.firstSliceEnd(host)! - performance.now();
  expect(alone).toBeGreaterThan(200);
  expect(alone).toBeLessThanOrEqual(250);
  const crowded = new TimeSlices({
    roundMs: () => 1e-6,
    isOneHost: () => true,
    areManyArriving: () => false,
    now,
  });
  crowded.wait({ host, runSlice: () => undefined });
  expect(crowded.firstSliceEnd(host)).toBeLessThanOrEqual(performance.now());
});

test("a round serves nobody when there is nobody", async () => {
  const slices = new TimeSlices({
    roundMs: () => 2,
    isOneHost: () => true,
    areManyArriving: () => false,
    now,
  });
  let served = 0;
  slices.wait({
    host: new Host("10.0.0.1"),
    runSlice: () => {
      served++;
    },
  });
  for (let i = 0; i < 10; i++) await nextTurn();
  expect(served).toBe(1);
});

test("a connection of one host waits no longer for a thousand of another than for one", async () => {
  const roundsUntilServed = async (crowd: number) => {
    const clock = new Clock();
    const slices = clock.slices();
    const log: string[] = [];
    const [flood, patient] = [new Host("10.0.0.1"), new Host("10.0.0.2")];
    const work = () => {
      clock.ms += 0.5;
    };
    for (let i = 0; i < crowd; i++) {
      slices.wait(worker({ slices, host: flood }, "flood", 100, log, work));
    }
    await nextTurn();
    slices.wait(worker({ slices, host: patient }, "patient", 1, log, work));
    const from = clock.ms;
    while (!log.includes("patient")) await nextTurn();
    return clock.ms - from;
  };
  const alone = await roundsUntilServed(1);
  expect(await roundsUntilServed(1000)).toBeLessThanOrEqual(alone + 2);
});

test("of hosts that wait, each gets a slice in turn, however many connections it has", async () => {
  const clock = new Clock();
  const slices = clock.slices();
  const log: string[] = [];
  const work = () => {
    clock.ms += 2;
  };
  for (const [name, connections] of [
    ["a", 100],
    ["b", 3],
    ["c", 1],
  ] as const) {
    const host = new Host(name);
    for (let i = 0; i < connections; i++) {
      slices.wait(worker({ slices, host }, name, 10, log, work));
    }
  }
  while (log.length < 27) await nextTurn();
  for (const name of ["a", "b", "c"]) {
    expect(log.slice(0, 27).filter((one) => one === name)).toHaveLength(9);
  }
});

test("what was just read is served at once within the share of its host, and waits beyond it", () => {
  const clock = new Clock();
  const slices = clock.slices();
  const [flood, patient] = [new Host("10.0.0.1"), new Host("10.0.0.2")];
  let served = 0;
  while (slices.firstSliceEnd(flood) !== null) {
    clock.ms += 0.1;
    slices.firstSliceEnded(flood);
    served++;
    expect(served).toBeLessThan(60);
  }
  expect(slices.firstSliceEnd(patient)).not.toBeNull();
  clock.ms += 10;
  expect(slices.firstSliceEnd(flood)).not.toBeNull();
});

test("a host that is alone has all of the thread", () => {
  const clock = new Clock();
  const slices = clock.slices({ hosts: 1 });
  const host = new Host("10.0.0.1");
  for (let i = 0; i < 1000; i++) {
    expect(slices.firstSliceEnd(host)).not.toBeNull();
    clock.ms += 0.1;
    slices.firstSliceEnded(host);
  }
});
