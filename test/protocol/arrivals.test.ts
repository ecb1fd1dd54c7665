import { expect, test } from "vitest";
import { Arrivals } from "../../src/protocol/connection/arrivals.js";
import { TimeSlices } from "../../src/protocol/connection/time-slices.js";
import { Host, type SliceTaker } from "../../src/protocol/hosts/host.js";

function arrivals() {
  const clock = { ms: 1000 };
  const now = () => clock.ms;
  const arriving = new Arrivals(now);
  const arrive = (count: number, apartMs: number) => {
    for (let n = 0; n < count; n++) {
      clock.ms += apartMs;
      arriving.add();
    }
  };
  const slices = new TimeSlices({
    roundMs: () => 2,
    isOneHost: () => false,
    areManyArriving: (at) => arriving.areMany(at),
    now,
  });
  return { clock, arriving, arrive, slices };
}

test("many clients that arrive one right after the other are many until nobody does any more", () => {
  const { clock, arriving, arrive } = arrivals();
  arrive(3, 5);
  expect(arriving.areMany(clock.ms)).toBe(false);
  arrive(1, 5);
  expect(arriving.areMany(clock.ms)).toBe(true);
  expect(arriving.areMany(clock.ms + 9)).toBe(true);
  expect(arriving.areMany(clock.ms + 10)).toBe(false);
});

test("clients that come now and then are not many, however many they are", () => {
  const { clock, arriving, arrive } = arrivals();
  for (let n = 0; n < 100; n++) {
    arrive(1, 10);
    expect(arriving.areMany(clock.ms)).toBe(false);
  }
});

test("while many arrive, what was just read gets a twentieth of its time", () => {
  const { clock, arrive, slices } = arrivals();
  const host = new Host("10.0.0.1");
  expect(slices.firstSliceEnd(host)! - clock.ms).toBeCloseTo(0.5);
  arrive(4, 0.1);
  expect(slices.firstSliceEnd(host)! - clock.ms).toBeCloseTo(0.025);
  clock.ms += 0.3;
  slices.firstSliceEnded(host);
  expect(slices.firstSliceEnd(host)).toBeNull();
});

test("while many arrive, a turn is over in a twentieth of the time, and all work is done", async () => {
  const { clock, arrive, slices } = arrivals();
  arrive(4, 0.1);
  const host = new Host("10.0.0.1");
  const ends: number[] = [];
  let left = 20;
  const taker: SliceTaker = {
    host,
    runSlice(endsAt) {
      ends.push(endsAt - clock.ms);
      left -= 1;
      clock.ms += 0.2;
      arrive(1, 0);
      if (left > 0) slices.wait(taker);
    },
  };
  slices.wait(taker);
  while (left > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(Math.max(...ends)).toBeCloseTo(0.1);
});
