import fc from "fast-check";
import { expect, test } from "vitest";
import { BufferedBytes, type BufferHolder } from "../../src/protocol/connection/buffered-bytes.js";

const LIMIT = 1000;

class Client implements BufferHolder {
  isDropped = false;
  bytes = 0;

  get bufferedBytes(): number {
    return this.isDropped ? 0 : this.bytes;
  }

  disconnectToFreeBuffers(totalBytes: number): void {
    expect(totalBytes).toBeGreaterThan(LIMIT);
    this.isDropped = true;
  }
}

test("the total never stays beyond the limit, and nobody goes while a larger one is there", () => {
  const step = fc.record({ client: fc.nat({ max: 4 }), bytes: fc.nat({ max: 900 }) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const buffered = new BufferedBytes<Client>(() => LIMIT);
      const clients = Array.from({ length: 5 }, () => new Client());
      for (const { client: index, bytes } of steps) {
        const client = clients[index]!;
        client.bytes = bytes;
        const before = clients.filter(({ isDropped }) => !isDropped);
        buffered.update(client);
        const sum = clients.reduce((total, { bufferedBytes }) => total + bufferedBytes, 0);
        expect(buffered.totalBytes).toBe(sum);
        expect(sum).toBeLessThanOrEqual(LIMIT);
        const most = Math.max(0, ...clients.map(({ bufferedBytes }) => bufferedBytes));
        for (const gone of before)
          if (gone.isDropped) expect(gone.bytes).toBeGreaterThanOrEqual(most);
      }
    }),
  );
});

test("one that is gone counts no longer", () => {
  const buffered = new BufferedBytes<Client>(() => LIMIT);
  const client = new Client();
  client.bytes = 700;
  buffered.update(client);
  buffered.forget(client);
  buffered.forget(client);
  expect(buffered.totalBytes).toBe(0);
});
