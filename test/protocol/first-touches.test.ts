import { describe, expect, test } from "vitest";
import type { TestClient } from "./client.js";
import { type Harness, serve } from "./harness.js";
import { TOUCHING } from "./known-answers.js";

/** A server that started when ids up to 4 were given; job 1 lives, job 2 has ended. */
async function restarted(): Promise<Harness> {
  const server = await serve();
  const client = await server.connect();
  await client.call("create_job", [], { owner: "me" });
  await client.call("create_job", [], { owner: "me" });
  await client.call("destroy_job", [2]);
  server.engine.firstNewJobId = 5;
  client.close();
  return server;
}

/** What comes behind the answer to a command, until the answer to the next. */
async function followedBy(client: TestClient, command: string, jobId: number): Promise<unknown[]> {
  client.request(command, [jobId]);
  client.request("version");
  const lines: Record<string, unknown>[] = [];
  while (lines.at(-1)?.["return"] !== "1.0.0") lines.push(await client.next());
  client.request("version");
  for (let line = await client.next(); line["return"] !== "1.0.0"; line = await client.next()) {
    lines.push(line);
  }
  return lines.filter((line) => !("return" in line));
}

describe("the first touch of a job from before the start, by a connection that does not watch it,", () => {
  test.each(TOUCHING)("is followed by one notification: %s", async (command) => {
    const client = await (await restarted()).connect();
    const jobId = command.startsWith("power") ? 2 : 1;
    expect(await followedBy(client, command, jobId)).toEqual([{ jobs_changed: [jobId] }]);
    for (const again of TOUCHING.slice(0, 3)) {
      expect(await followedBy(client, again, jobId)).toEqual([]);
    }
  });

  test("is followed by one on each connection: another program may have been first", async () => {
    const { connect } = await restarted();
    for (let n = 0; n < 2; n++) {
      const client = await connect();
      expect(await followedBy(client, "get_job_state", 1)).toEqual([{ jobs_changed: [1] }]);
    }
  });

  test.each([
    [2, "has ended"],
    [4, "has been forgotten"],
  ])("is followed by one though job %i %s", async (jobId) => {
    const client = await (await restarted()).connect();
    expect(await followedBy(client, "job_keepalive", jobId)).toEqual([{ jobs_changed: [jobId] }]);
  });

  test("is followed by nothing where the job is watched, singly or with all", async () => {
    const { connect } = await restarted();
    for (const args of [[1], []]) {
      const client = await connect();
      await client.call("notify_job", args);
      expect(await followedBy(client, "job_keepalive", 1)).toEqual([]);
    }
  });

  test("is followed by one when the watch has ended before it", async () => {
    const client = await (await restarted()).connect();
    await client.call("notify_job", [1]);
    await client.call("no_notify_job", [1]);
    expect(await followedBy(client, "job_keepalive", 1)).toEqual([{ jobs_changed: [1] }]);
  });
});

test.each([5, 77, -1, 0, 1.5, null, "1"])("%j is no job from before the start", async (id) => {
  const client = await (await restarted()).connect();
  client.request("job_keepalive", [id]);
  client.request("version");
  expect(await client.next()).toEqual({ return: null });
  expect(await client.next()).toEqual({ return: "1.0.0" });
  expect(await client.call("version")).toBe("1.0.0");
});

test("commands that are no touch are followed by nothing", async () => {
  const client = await (await restarted()).connect();
  for (const command of ["no_notify_job", "destroy_job"]) {
    expect(await followedBy(client, command, 2)).toEqual([]);
  }
});

test("no connection is notified of more jobs than it may watch", async () => {
  const server = await serve({ watches: 2 });
  server.engine.firstNewJobId = 100;
  const client = await server.connect();
  const followed = [];
  for (const jobId of [1, 2, 3]) followed.push(await followedBy(client, "job_keepalive", jobId));
  expect(followed).toEqual([[{ jobs_changed: [1] }], [{ jobs_changed: [2] }], []]);
});
