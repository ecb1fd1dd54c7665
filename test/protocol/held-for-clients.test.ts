/** What clients may have the server hold, by host and in all: jobs, their texts, and watches. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HostCounts } from "../../src/domain/host-counts.js";
import { DEFAULT_LIMITS } from "../../src/protocol/connection/limits.js";
import { ownNetwork } from "../support/loopback.js";
import { serve } from "./harness.js";

test("counts by host add up to the total, and hosts with nothing are forgotten", () => {
  const step = fc.record({ host: fc.constantFrom("a", "b", null), by: fc.integer() });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const counts = new HostCounts();
      for (const { host, by } of steps) counts.add(host, by);
      const sum = (of: string | null) =>
        steps.filter(({ host }) => host === of).reduce((total, { by }) => total + by, 0);
      expect(counts.total).toBe(sum("a") + sum("b") + sum(null));
      for (const host of ["a", "b"]) expect(counts.of(host)).toBe(sum(host));
      for (const { host, by } of steps) counts.add(host, -by);
      expect([counts.total, counts.hosts]).toEqual([0, 0]);
    }),
  );
});

const create = { owner: "me", keepalive: null };

describe("jobs", () => {
  test("of one host are limited; another host may create some, up to the limit for all", async () => {
    const network = await ownNetwork();
    const { connect, engine } = await serve({ jobsPerHost: 3, totalJobs: 5 });
    const [first, again, other] = [
      await connect(`${network}.1.1`),
      await connect(`${network}.1.1`),
      await connect(`${network}.1.2`),
    ];
    for (let i = 0; i < 3; i++) await first.call("create_job", [], create);
    expect(await again.ask("create_job", [], create)).toEqual({
      exception: expect.stringMatching(
        `clients of ${network}.1.1 already have 3 live jobs.* 3 .*clientLimits.jobsPerHost`,
      ),
    });
    for (let i = 0; i < 2; i++) await other.call("create_job", [], create);
    expect(await other.ask("create_job", [], create)).toEqual({
      exception: expect.stringContaining("clientLimits.totalJobs"),
    });
    // Whoever destroys it, a job is its creator's; and what was refused left nothing behind.
    await other.call("destroy_job", [1]);
    expect([...engine.jobs()].map(({ jobId }) => jobId)).toEqual([2, 3, 4, 5]);
    await again.call("create_job", [], create);
    expect(await other.ask("create_job", [], create)).toHaveProperty("exception");
  });

  test("of hosts that take all they can leave some to one that comes later", async () => {
    const network = await ownNetwork();
    const { connect } = await serve({ jobsPerHost: 60, totalJobs: 100 });
    for (let host = 1; host <= 3; host++) {
      const greedy = await connect(`${network}.1.${host}`);
      for (let i = 0; i < 61; i++) await greedy.ask("create_job", [], create);
      expect(await greedy.ask("create_job", [], create)).toEqual({
        exception: expect.stringMatching(
          host === 1 ? "jobsPerHost" : "totalJobs.*for hosts with fewer",
        ),
      });
    }
    const late = await connect(`${network}.1.9`);
    for (let i = 0; i < 2; i++) await late.call("create_job", [], create);
  });

  test("that can never run count no longer once they have ended", async () => {
    const { connect } = await serve({ jobsPerHost: 1, totalJobs: 1 });
    const client = await connect();
    for (let i = 0; i < 5; i++) await client.call("create_job", [1000], create);
    await client.call("create_job", [], create);
    expect(await client.ask("create_job", [], create)).toHaveProperty("exception");
  });

  test("are limited in the bytes of their texts, by host and in all", async () => {
    const network = await ownNetwork();
    const { connect } = await serve({ jobBytesPerHost: 65_536, totalJobBytes: 80_000 });
    const long = { ...create, tags: ["x".repeat(256), ...new Array(50).fill("y".repeat(200))] };
    const held: number[] = [];
    for (const host of [1, 2]) {
      const client = await connect(`${network}.1.${host}`);
      let created = 0;
      for (;;) {
        const answer = await client.ask("create_job", [], long);
        if ("exception" in answer) {
          const field = host === 1 ? "jobBytesPerHost" : "totalJobBytes";
          expect(answer["exception"]).toContain(`clientLimits.${field}`);
          break;
        }
        created++;
      }
      held.push(created);
      await client.call("create_job", [], create);
    }
    expect(held).toEqual([1, 0]);
  });

  test("do not hold, and lists do not show, what means nothing", async () => {
    const { connect, engine } = await serve();
    const client = await connect();
    const ignored = { client: "x".repeat(16_000), job_id: "x".repeat(16_000) };
    const jobId = await client.call("create_job", [1], { ...create, ...ignored, tags: null });
    const [job] = [...engine.jobs()];
    expect(job).toMatchObject({ argsJson: "[1]", kwargsJson: '{"tags":null}' });
    expect(await client.call("list_jobs")).toMatchObject([
      { job_id: jobId, args: [1], kwargs: { tags: null } },
    ]);
  });

  test("are counted by limits of a reload at once", async () => {
    const { connect, server } = await serve();
    const client = await connect();
    for (let i = 0; i < 2; i++) await client.call("create_job", [], create);
    server.limit({ ...DEFAULT_LIMITS, jobsPerHost: 2 });
    expect(await client.ask("create_job", [], create)).toHaveProperty("exception");
    server.limit({ ...DEFAULT_LIMITS, jobsPerHost: 3 });
    expect(await client.ask("create_job", [], create)).toHaveProperty("return");
  });
});

describe("watches", () => {
  test("are limited for one connection, for a host and in all, jobs and machines together", async () => {
    const network = await ownNetwork();
    const limits = { watches: 3, watchesPerHost: 5, totalWatches: 7 };
    const { connect } = await serve(limits);
    const [first, second, other] = [
      await connect(`${network}.1.1`),
      await connect(`${network}.1.1`),
      await connect(`${network}.1.2`),
    ];
    for (const id of [1, 2, 3]) await first.call("notify_job", [id]);
    expect(await first.ask("notify_job", [4])).toEqual({
      exception: expect.stringMatching(
        /this connection .* 3; the limit is 3 \(clientLimits.watches\)/,
      ),
    });
    await first.call("notify_machine", ["m"]);
    await second.call("notify_job", [1]);
    expect(await second.ask("notify_machine", ["m"])).toEqual({
      exception: expect.stringContaining("clientLimits.watchesPerHost"),
    });
    for (const id of [1, 2]) await other.call("notify_job", [id]);
    expect(await other.ask("notify_job", [3])).toEqual({
      exception: expect.stringContaining("clientLimits.totalWatches"),
    });
    // What is watched already may be asked for again, and everything always.
    await other.call("notify_job", [2]);
    await second.call("notify_job");
    await other.call("notify_job", [3]);
    first.close();
    while ("exception" in (await other.ask("notify_machine", ["m"])));
    expect(await other.call("version")).toBe("1.0.0");
  });

  test("by long names count as several, so that they take no more memory", async () => {
    const { connect } = await serve({ watches: 100, watchesPerHost: 16, totalWatches: 100 });
    const client = await connect();
    await client.call("notify_machine", ["中".repeat(256)]);
    await client.call("notify_machine", ["x".repeat(255)]);
    expect(await client.ask("notify_job", [1])).toHaveProperty("exception");
    await client.call("no_notify_machine", ["x".repeat(255)]);
    for (let id = 1; id <= 8; id++) await client.call("notify_job", [id]);
    expect(await client.ask("notify_job", [9])).toHaveProperty("exception");
    await client.call("no_notify_machine");
    await client.call("notify_job", [9]);
  });

  test("of jobs from before the start that are noted for a connection count, and end with it", async () => {
    const network = await ownNetwork();
    const server = await serve({ watchesPerHost: 3 });
    server.engine.firstNewJobId = 100;
    const client = await server.connect(`${network}.1.1`);
    for (let id = 1; id <= 5; id++) await client.ask("job_keepalive", [id]);
    const other = await server.connect(`${network}.1.1`);
    expect(await other.ask("notify_job", [200])).toHaveProperty("exception");
    client.close();
    while ("exception" in (await other.ask("notify_job", [200])));
  });
});
