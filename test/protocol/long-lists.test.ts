/** Lists longer than anybody would hold for each reader: made in blocks, sent as fast as they are read. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JobView } from "../../src/engine/contract/api.js";
import { ListBlocks } from "../../src/protocol/answers/list-blocks.js";
import { LongList } from "../../src/protocol/answers/long-list.js";
import { ownNetwork } from "../support/loopback.js";
import { serve } from "./harness.js";

interface Thing {
  readonly id: number;
  readonly text: string;
}

const blocksOf = () =>
  new ListBlocks<Thing>({
    textOf: ({ text }) => JSON.stringify(text),
    weightOf: ({ text }) => 1 + text.length,
    blockOf: ({ id }) => Math.floor(id / 4),
  });

describe("a list in blocks", () => {
  const change = fc.record({
    kind: fc.constant("change" as const),
    id: fc.nat({ max: 20 }),
    text: fc.option(fc.string()),
  });
  const ask = fc.record({ kind: fc.constant("ask" as const) });
  const read = fc.record({
    kind: fc.constant("read" as const),
    reader: fc.nat(),
    all: fc.boolean(),
  });
  const leave = fc.record({ kind: fc.constant("leave" as const), reader: fc.nat() });

  test("is sent to each reader as it was asked for, however it changes meanwhile, and nothing stays held", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(change, ask, read, leave), { maxLength: 60 }), (steps) => {
        const blocks = blocksOf();
        const things = new Map<number, Thing>();
        let views: readonly Thing[] = [];
        const readers: {
          wanted: string;
          got: string;
          pieces: ReturnType<LongList<Thing>["pieces"]>;
        }[] = [];
        const readOne = (reader: (typeof readers)[number]): boolean => {
          const piece = reader.pieces.next();
          reader.got += String(piece ?? reader.pieces.end);
          if (piece === null) {
            expect(reader.got).toBe(reader.wanted);
            expect(reader.pieces.bytes).toBe(0);
            readers.splice(readers.indexOf(reader), 1);
          }
          return piece !== null;
        };
        for (const step of steps) {
          if (step.kind === "change") {
            if (step.text === null) things.delete(step.id);
            else things.set(step.id, { id: step.id, text: step.text });
            views = [...things.values()].sort((a, b) => a.id - b.id);
          } else if (step.kind === "ask") {
            const list = new LongList(blocks, blocks.version(views), 0);
            const wanted = `{"return":${JSON.stringify(views.map(({ text }) => text))}}\n`;
            readers.push({ wanted, got: "", pieces: list.pieces() });
          } else if (readers.length > 0) {
            const reader = readers[step.reader % readers.length]!;
            if (step.kind === "leave") {
              reader.pieces.drop();
              readers.splice(readers.indexOf(reader), 1);
            } else while (readOne(reader) && step.all);
          }
          if (readers.length === 0) expect(blocks.staleBytes).toBe(0);
          expect(blocks.staleBytes).toBeGreaterThanOrEqual(0);
        }
        for (const reader of [...readers]) reader.pieces.drop();
        expect(blocks.staleBytes).toBe(0);
      }),
    );
  });

  test("makes anew only the blocks that changed, and shares the others", () => {
    let made = 0;
    const blocks = new ListBlocks<Thing>({
      textOf: ({ text }) => {
        made++;
        return text;
      },
      weightOf: () => 1,
      blockOf: ({ id }) => Math.floor(id / 4),
    });
    const things = Array.from({ length: 400 }, (_, id) => ({ id, text: String(id) }));
    const list = (views: readonly Thing[]) => new LongList(blocks, blocks.version(views), 0).line;
    list(things);
    expect(made).toBe(400);
    made = 0;
    list([...things]);
    expect(made).toBe(0);
    list(things.filter(({ id }) => id !== 201));
    expect(made).toBe(3);
  });

  test("holds for readers of a hundred versions no more than what changed", () => {
    const blocks = blocksOf();
    const things: Thing[] = Array.from({ length: 4000 }, (_, id) => ({ id, text: "x".repeat(99) }));
    const all = 4000 * 100;
    for (let version = 0; version < 100; version++) {
      new LongList(blocks, blocks.version([...things]), 0).pieces();
      const id = 40 * version;
      things[id] = { id, text: "y".repeat(99) };
    }
    expect(blocks.staleBytes).toBeLessThan(all / 8);
  });
});

/** So many jobs of so many bytes each, roughly. */
function jobs(count: number, ownerChars: number, from = 1): JobView[] {
  return Array.from({ length: count }, (_, at) => ({
    jobId: from + at,
    owner: "o".repeat(ownerChars),
    startTimeS: 0,
    keepaliveS: null,
    host: null,
    state: 1,
    power: null,
    argsJson: "[]",
    kwargsJson: "{}",
    placed: null,
    mark: 0,
  }));
}

const LIST = '{"command":"list_jobs"}\n';
const VERSION = '{"command":"version"}\n';

describe("a list of jobs longer than unsentBytes", () => {
  const long = jobs(8000, 1000);
  const serveLong = async (limits = {}) => {
    const server = await serve({ unsentBytes: 100_000, ...limits });
    server.engine.durableJobs = () => long;
    return server;
  };
  const idsIn = (answer: Record<string, unknown>) =>
    (answer["return"] as { job_id: number }[]).map(({ job_id }) => job_id);
  const all = long.map(({ jobId }) => jobId);

  test("is read by whoever asks, with what was asked for behind it", async () => {
    const { connect, log } = await serveLong();
    const clients = await Promise.all(Array.from({ length: 5 }, () => connect()));
    for (const { socket } of clients) socket.write(`${VERSION}${LIST}${VERSION.repeat(100)}`);
    for (const client of clients) {
      expect(await client.next()).toEqual({ return: "1.0.0" });
      expect(idsIn(await client.next())).toEqual(all);
      for (let i = 0; i < 100; i++) expect(await client.line()).toBe('{"return":"1.0.0"}');
    }
    expect(log.filter(({ level }) => level === "warn")).toEqual([]);
  });

  test("is read to its end by one that stops for a while and is notified meanwhile", async () => {
    const { connect, engine, log } = await serveLong();
    const [slow, other] = [await connect(), await connect()];
    await slow.call("notify_job");
    slow.socket.pause();
    slow.socket.write(LIST);
    for (let i = 0; i < 50; i++) {
      await other.call("create_job", [], { owner: "me" });
      engine.durableJobs = () => [...long.slice(i * 100), ...jobs(1, 1000, 9000 + i)];
      await other.call("list_machines");
    }
    slow.socket.resume();
    const lines = [await slow.next(), await slow.next()];
    const list = lines.find((line) => "return" in line)!;
    expect(idsIn(list)).toEqual(all);
    expect(log.filter(({ level }) => level === "warn")).toEqual([]);
  });

  test("is sent whole to a client that has closed its side", async () => {
    const { connect } = await serveLong();
    const client = await connect();
    client.socket.end(LIST);
    expect(idsIn(await client.next())).toEqual(all);
    expect(await client.line()).toBeNull();
  });

  test("and its end come behind the id of a job that was created before", async () => {
    const { connect, engine } = await serve({ unsentBytes: 100_000 });
    const client = await connect();
    engine.jobs = () => long;
    engine.durableJobs = () => long;
    const create = '{"command":"create_job","kwargs":{"owner":"me"}}\n';
    client.socket.end(`${create}${LIST}${create}${LIST}`);
    expect(await client.next()).toEqual({ return: 1 });
    expect(idsIn(await client.next())).toEqual(all);
    expect(await client.next()).toEqual({ return: 2 });
    expect(idsIn(await client.next())).toEqual(all);
    expect(await client.line()).toBeNull();
  });

  test("protects nobody who asks for it again and again and does not read", async () => {
    const { connect, server, log } = await serveLong();
    const [deaf, other] = [await connect(), await connect()];
    deaf.socket.pause();
    deaf.socket.on("error", () => undefined);
    deaf.socket.write(LIST.repeat(20));
    while (server.connectionCount === 2) await other.call("version");
    expect(log.at(-1)?.fields).toMatchObject({
      reason: expect.stringContaining("clientLimits.unsentBytes"),
    });
  });

  test("is not held for those who do not read beyond totalBufferedBytes, and the honest read theirs", async () => {
    const network = await ownNetwork();
    const limits = { totalBufferedBytes: 16_000_000, bufferedBytesPerHost: 16_000_000 };
    const { connect, engine, server, log } = await serveLong(limits);
    const deaf = await Promise.all(Array.from({ length: 12 }, () => connect(`${network}.1.1`)));
    const honest = await connect(`${network}.1.2`);
    for (const [at, { socket }] of deaf.entries()) {
      socket.pause();
      socket.on("error", () => undefined);
      socket.write(LIST);
      for (let i = 0; i < 20; i++) await honest.call("version");
      // Every job is another.
      engine.durableJobs = () => jobs(8000, 1000, 10_000 * at);
      expect(idsIn(await honest.ask("list_jobs"))).toHaveLength(8000);
    }
    expect(server.connectionCount).toBeLessThan(13);
    const reasons = log.filter(({ message }) => message === "client disconnected");
    for (const { fields } of reasons) {
      expect(fields).toMatchObject({
        client: `${network}.1.1`,
        reason: expect.stringContaining("clientLimits.totalBufferedBytes"),
      });
    }
    expect(reasons.length).toBeGreaterThan(0);
  });
});
