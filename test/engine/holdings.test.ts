import { expect, it } from "vitest";
import { HOST } from "../support/actors.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create } from "./jobs.js";

it("jobs and the bytes of their texts count for whoever created them, over a crash, until they end", () => {
  const world = new EngineHarness(configuration([machine("m", 1, 1)]));
  const held = (host: string) => world.engine.jobHoldings(host);
  const job = newJob(boards(3), { owner: "me", tags: ["default"] });
  const bytes = 2 * ("me".length + "[]".length + "{}".length + "default".length) + 32;
  const [running, waiting] = [create(world, job), create(world, job)];
  create(world, newJob(boards(1000)));
  const both = { jobsOfHost: 2, totalJobs: 2, bytesOfHost: 2 * bytes, totalBytes: 2 * bytes };
  expect(held(HOST)).toEqual(both);
  world.engine.touch(waiting, { kind: "client", host: "10.0.0.9" });
  expect(held("10.0.0.9")).toEqual({ ...both, jobsOfHost: 0, bytesOfHost: 0 });
  world.settle();
  world.crash();
  world.settle();
  expect([held(HOST).jobsOfHost, held("10.0.0.9").jobsOfHost, held(HOST).totalJobs]).toEqual([
    1, 1, 2,
  ]);
  for (const jobId of [running, waiting]) {
    world.engine.destroy(jobId, null, { kind: "client", host: HOST });
  }
  world.settle();
  expect(held(HOST)).toEqual({ jobsOfHost: 0, totalJobs: 0, bytesOfHost: 0, totalBytes: 0 });
});
