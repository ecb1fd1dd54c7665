import { describe, expect, it } from "vitest";
import { JobState } from "../../src/client/index.js";
import type { Boards } from "./canonical.js";
import { type JobAnswer, Ledger, type ToldJob } from "./ledger.js";

const ASKED = { owner: "someone", keepalive: null, mayLoseMachine: false };
const BOARDS: Boards = { machine: "m", boards: [[0, 0, 0]] };

function answer(state: JobState, more: Partial<JobAnswer> = {}): JobAnswer {
  const live = state !== JobState.destroyed && state !== JobState.unknown;
  return {
    state,
    power: live && state !== JobState.queued ? true : null,
    keepalive: null,
    reason: null,
    start_time: live ? 5 : null,
    ...more,
  };
}

/** A job that was told to be ready, on a board. */
function readyJob(ledger: Ledger, id = 7): ToldJob {
  const job = ledger.created(ASKED, id, ledger.creates(ASKED));
  ledger.stateTold(job, answer(JobState.ready));
  ledger.boardsTold(job, BOARDS);
  return job;
}

/** How many violations there are after it. */
function violations(act: (ledger: Ledger, job: ToldJob) => void): number {
  const ledger = new Ledger();
  act(ledger, readyJob(ledger));
  return ledger.violations.length;
}

describe("the ledger finds no fault with a server", () => {
  it.each<[string, (ledger: Ledger, job: ToldJob) => void]>([
    ["that says the same again", (l, job) => l.stateTold(job, answer(JobState.ready))],
    [
      "that destroyed a job as asked",
      (ledger, job) => {
        ledger.destroys(job, "done");
        ledger.destroyed(job);
        ledger.stateTold(job, answer(JobState.destroyed, { reason: "done" }));
      },
    ],
    [
      "that died with a destroy, and did it",
      (ledger, job) => {
        ledger.destroys(job, "done");
        ledger.stateTold(job, answer(JobState.destroyed, { reason: "done" }));
      },
    ],
    [
      "that died with a destroy, and did not do it",
      (ledger, job) => {
        ledger.destroys(job, "done");
        ledger.stateTold(job, answer(JobState.ready));
      },
    ],
    [
      "that died with a power command, and did it",
      (ledger, job) => {
        ledger.orders(job, false);
        ledger.stateTold(job, answer(JobState.power, { power: false }));
      },
    ],
    [
      "that died with a creation, and did it",
      (ledger) => {
        const asked = { ...ASKED, owner: "another" };
        ledger.creates(asked);
        expect(ledger.listed([{ job_id: 8, owner: "another" }])).toHaveLength(1);
      },
    ],
  ])("%s", (_name, act) => {
    expect(violations(act)).toBe(0);
  });
});

describe("the ledger finds out a server", () => {
  it.each<[string, (ledger: Ledger, job: ToldJob) => void]>([
    ["that forgot a job", (l, job) => l.stateTold(job, answer(JobState.unknown))],
    ["that gives an id twice", (l) => void readyJob(l, 7)],
    ["that gives an id below one it gave before", (l) => void readyJob(l, 6)],
    [
      "that ends a job nobody destroyed",
      (l, job) => l.stateTold(job, answer(JobState.destroyed, { reason: "done" })),
    ],
    [
      "that brings a destroyed job back",
      (ledger, job) => {
        ledger.destroys(job, "done");
        ledger.destroyed(job);
        ledger.stateTold(job, answer(JobState.ready));
      },
    ],
    [
      "that lists a destroyed job",
      (ledger, job) => {
        ledger.destroys(job, "done");
        ledger.destroyed(job);
        ledger.listed([{ job_id: job.id, owner: "someone" }]);
      },
    ],
    [
      "that undoes a destroy it was told before it died again",
      (ledger, job) => {
        ledger.destroys(job, "done");
        ledger.stateTold(job, answer(JobState.ready));
        ledger.stateTold(job, answer(JobState.destroyed, { reason: "done" }));
      },
    ],
    [
      "that tells another reason",
      (ledger, job) => {
        ledger.destroys(job, "done");
        ledger.destroyed(job);
        ledger.stateTold(job, answer(JobState.destroyed, { reason: "gone" }));
      },
    ],
    [
      "that moves a job to other boards",
      (l, job) => l.boardsTold(job, { machine: "m", boards: [[1, 0, 0]] }),
    ],
    ["that takes the boards away", (l, job) => l.boardsTold(job, null)],
    ["that queues a job again", (l, job) => l.stateTold(job, answer(JobState.queued))],
    [
      "that forgot a power command it answered",
      (ledger, job) => {
        ledger.orders(job, false);
        ledger.ordered(job, false);
        ledger.stateTold(job, answer(JobState.ready, { power: true }));
      },
    ],
    [
      "that changes the start",
      (l, job) => l.stateTold(job, answer(JobState.ready, { start_time: 6 })),
    ],
    ["that makes jobs up", (l) => void l.listed([{ job_id: 9, owner: "nobody" }])],
  ])("%s", (_name, act) => {
    expect(violations(act)).toBeGreaterThan(0);
  });
});
