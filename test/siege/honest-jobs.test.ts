import { describe, expect, it } from "vitest";
import { JobState, type JobStateAnswer, type ListedJob } from "../../src/client/index.js";
import { Attention } from "./attention.js";
import { HonestJobs } from "./honest-jobs.js";
import { Interruptions } from "./interruptions.js";
import { Judge } from "./judge.js";

const answer = (state: JobStateAnswer["state"]) =>
  ({ state, power: null, keepalive: 6, reason: null, start_time: 1, keepalivehost: "" }) as const;
const listed = (job_id: number, boards: ListedJob["boards"]) =>
  ({ job_id, allocated_machine_name: "wide", boards }) as ListedJob;

function jobsOf(limitMs = 1000) {
  const clock = { nowMs: 0 };
  const attention = new Attention(() => ({ ms: 0, waitedMs: 0, ranMs: 0 }));
  const judge = new Judge(250, new Interruptions(), attention);
  const jobs = new HonestJobs(judge, { undisturbedMs: () => clock.nowMs, limitMs });
  return { clock, judge, jobs };
}

describe("the server owes an honest client", () => {
  it("an id that nobody else has", () => {
    const { judge, jobs } = jobsOf();
    jobs.created("a", 7);
    expect(judge.violations).toEqual([]);
    jobs.created("b", 7);
    expect(judge.violations).toEqual(["create_job answers 7 to b"]);
  });

  it.each([JobState.destroyed, JobState.unknown])("its job, which is not in state %s", (state) => {
    const { judge, jobs } = jobsOf();
    const job = jobs.created("a", 7);
    jobs.seen(job, answer(JobState.power));
    expect(judge.violations).toEqual([]);
    jobs.seen(job, answer(state));
    expect(judge.violations).toHaveLength(1);
    expect(jobs.acknowledged).toEqual([]);
  });

  it("boards within the bound", () => {
    const { clock, judge, jobs } = jobsOf();
    const job = jobs.created("a", 7);
    clock.nowMs = 1000;
    jobs.seen(job, answer(JobState.queued));
    expect(judge.violations).toEqual([]);
    clock.nowMs = 1001;
    jobs.seen(job, answer(JobState.queued));
    expect(judge.violations).toEqual([expect.stringContaining("not ready after 1001 ms")]);
  });

  it("a list with its jobs, and no board twice", () => {
    const { judge, jobs } = jobsOf();
    jobs.created("a", 7);
    jobs.listed("a", [listed(7, [[0, 0, 1]]), listed(8, [[0, 0, 2]])]);
    expect(judge.violations).toEqual([]);
    jobs.listed("a", [listed(8, [[0, 0, 1]]), listed(9, [[0, 0, 1]])]);
    expect(judge.violations).toEqual([
      "job 7 of a is not in the list of jobs",
      "board [0, 0, 1] of wide: jobs 8 and 9",
    ]);
  });

  it("nothing for a job whose end was asked for", () => {
    const { judge, jobs } = jobsOf();
    const job = jobs.created("a", 7);
    jobs.destroying(job);
    expect(jobs.of("a")).toEqual([]);
    expect(jobs.acknowledged).toEqual([]);
    jobs.listed("a", []);
    jobs.connectionLost("a");
    expect(judge.violations).toEqual([]);
  });
});
