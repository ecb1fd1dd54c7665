import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { listedArguments } from "../../src/protocol/answers/listed-arguments.js";
import { createJob } from "../../src/protocol/commands/create-job.js";
import { serve } from "./harness.js";
import { readJobList } from "./strict-reader.js";

/** Of any 16-bit units, among them many halves of surrogate pairs. */
const oddText = fc
  .array(fc.oneof(fc.integer({ min: 0xd7f0, max: 0xe010 }), fc.integer({ min: 0, max: 0x7f })))
  .map((units) => String.fromCharCode(...units));
/** JSON texts: also such as only lax parsers take, and deeper than some parsers go. */
const oddJson = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom("null", "true", "1", "2.0", "-1", "4e9", "1e300", "0.5"),
  },
  fc.constantFrom("NaN", "-Infinity", "1e999", "-0"),
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
  oddText.map((text) => JSON.stringify(text)),
  fc.array(oddText, { maxLength: 3 }).map((texts) => JSON.stringify(texts)),
  fc.integer({ min: 2, max: 999 }).map((levels) => `${"[".repeat(levels)}${"]".repeat(levels)}`),
);
const size = fc.constantFrom("null", "1", "2", "4", "2.0", "1e10", "-3", "0");
const names = createJob.parameters.filter((name) => name !== "owner");
const request = fc
  .record({
    size: fc.array(size, { maxLength: 3 }),
    options: fc.array(oddJson, { maxLength: 4 }),
    owner: fc.oneof(
      oddText.map((text) => JSON.stringify(text)),
      oddJson,
    ),
    kwargs: fc.dictionary(fc.constantFrom("job_id", "client", ...names), oddJson, { maxKeys: 3 }),
  })
  .map(({ size: sizes, options, owner, kwargs }) => {
    const args = sizes.length === 3 ? [...sizes, ...options] : sizes;
    const named = Object.entries({ owner, ...kwargs }).map(([name, json]) => `"${name}":${json}`);
    return `{"command":"create_job","args":[${args}],"kwargs":{${named}}}`;
  });

describe("the list of jobs, after whatever requests,", () => {
  test("can be read by every known client", async () => {
    const { connect } = await serve();
    const client = await connect();
    let granted = 0;
    await fc.assert(
      fc.asyncProperty(request, async (line) => {
        client.send(line);
        const { return: jobId } = await client.next();
        if (jobId === undefined) return;
        granted += 1;
        client.request("list_jobs");
        const list = await client.line();
        await client.call("destroy_job", [jobId]);
        readJobList(list!);
      }),
      { numRuns: 1000 },
    );
    expect(granted).toBeGreaterThan(100);
  });

  test.each([
    ["no size", [null], {}, [], {}],
    ["a size that no 32 bits hold", [1e10, 2], {}, [2 ** 31 - 1, 2], {}],
    [
      "options by position",
      [3, 1, 2, null, 0, 1, false],
      {},
      [3, 1, 2],
      {
        min_ratio: null,
        max_dead_boards: 0,
        max_dead_links: 1,
        require_torus: false,
      },
    ],
    ["half of a surrogate pair", [], { tags: ["a\ud800", "b"] }, [], { tags: ["a\ufffd", "b"] }],
    ["an id that is no id", [2], { job_id: [[[]]], tags: null }, [2], { tags: null }],
    ["nothing odd", [4], { tags: ["a", "b"], group: 7 }, [4], { tags: ["a", "b"], group: 7 }],
    ["what means nothing", [4], { job_id: 7, client: "me", tags: null }, [4], { tags: null }],
    ["brackets in a text", [], { group: "[x]{y}" }, [], { group: "[x]{y}" }],
  ])("shows of %s what they can read", (_what, args, kwargs, listedArgs, listedKwargs) => {
    const given = { argsJson: JSON.stringify(args), kwargsJson: JSON.stringify(kwargs) };
    const listed = JSON.parse(`{${listedArguments(given)}}`);
    expect(listed).toEqual({ args: listedArgs, kwargs: listedKwargs });
  });

  test("shows who is to pay for a job, as its client wrote it", async () => {
    const client = await (await serve()).connect();
    const kwargs = { group: "a-group", collab: 12_345, nmpi_job: 7 };
    const jobId = await client.call("create_job", [2], { owner: "me", ...kwargs });
    expect(await client.call("list_jobs")).toMatchObject([{ job_id: jobId, kwargs }]);
  });
});
