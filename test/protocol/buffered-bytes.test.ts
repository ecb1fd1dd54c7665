import fc from "fast-check";
import { expect, test } from "vitest";
import { BufferedBytes, type BufferHolder } from "../../src/protocol/connection/buffered-bytes.js";
import { Host } from "../../src/protocol/hosts/host.js";

const LIMITS = { bufferedBytesPerHost: 600, totalBufferedBytes: 1000 };

class Client implements BufferHolder {
  isDropped = false;
  bytes = 0;
  shared = 0;
  why = "";

  constructor(readonly host: Host) {}

  get bufferedBytes(): number {
    return this.isDropped ? 0 : this.bytes;
  }

  get sharedBytes(): number {
    return this.isDropped ? 0 : this.shared;
  }

  disconnectToFreeBuffers(why: string): void {
    this.isDropped = true;
    this.why = why;
  }
}

const sumOf = (clients: readonly Client[]) =>
  clients.reduce((total, { bufferedBytes }) => total + bufferedBytes, 0);

test("neither a host nor the total stays beyond its limit, and nobody goes while a larger one is there", () => {
  const step = fc.record({ client: fc.nat({ max: 7 }), bytes: fc.nat({ max: 900 }) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const buffered = new BufferedBytes<Client>(
        () => LIMITS,
        () => 0,
      );
      const hosts = ["a", "b", "c"].map((address) => new Host(address));
      const clients = Array.from({ length: 8 }, (_, at) => new Client(hosts[at % 3]!));
      for (const { client: index, bytes } of steps) {
        const client = clients[index]!;
        client.bytes = bytes;
        const before = clients.filter(({ isDropped }) => !isDropped);
        buffered.update(client);
        expect(buffered.totalBytes).toBe(sumOf(clients));
        expect(sumOf(clients)).toBeLessThanOrEqual(LIMITS.totalBufferedBytes);
        for (const host of hosts) {
          const own = clients.filter((one) => one.host === host);
          expect(host.bufferedBytes).toBe(sumOf(own));
          expect(sumOf(own)).toBeLessThanOrEqual(LIMITS.bufferedBytesPerHost);
          const most = Math.max(0, ...own.map(({ bufferedBytes }) => bufferedBytes));
          for (const gone of before)
            if (gone.host === host && gone.isDropped)
              expect(gone.bytes).toBeGreaterThanOrEqual(most);
        }
      }
    }),
  );
});

test("beyond the total, a client of the host with the most goes, not the one with the most", () => {
  const buffered = new BufferedBytes<Client>(
    () => LIMITS,
    () => 0,
  );
  const [crowd, honest] = [new Host("10.0.0.1"), new Host("10.0.0.2")];
  const patient = new Client(honest);
  patient.bytes = 450;
  buffered.update(patient);
  const many = Array.from({ length: 6 }, () => new Client(crowd));
  for (const client of many) {
    client.bytes = 100;
    buffered.update(client);
  }
  expect(patient.isDropped).toBe(false);
  expect(many.filter(({ isDropped }) => isDropped)).toHaveLength(1);
  expect(many.find(({ isDropped }) => isDropped)?.why).toContain("clientLimits.totalBufferedBytes");
});

test("what is kept for those alone who read a list slowly counts, and they go", () => {
  const slow = new Client(new Host("10.0.0.1"));
  const buffered = new BufferedBytes<Client>(
    () => LIMITS,
    () => (slow.isDropped ? 0 : 1200),
  );
  const honest = new Client(new Host("10.0.0.2"));
  honest.bytes = 300;
  slow.shared = 5000;
  // It reads its list, and is behind by no more than the others.
  buffered.update(slow);
  buffered.update(honest);
  expect([slow.isDropped, honest.isDropped]).toEqual([true, false]);
});

test("one that is gone counts no longer", () => {
  const buffered = new BufferedBytes<Client>(
    () => LIMITS,
    () => 0,
  );
  const client = new Client(new Host("10.0.0.1"));
  client.bytes = 500;
  buffered.update(client);
  buffered.forget(client);
  buffered.forget(client);
  expect([buffered.totalBytes, client.host.bufferedBytes]).toEqual([0, 0]);
});
