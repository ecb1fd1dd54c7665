/**
 * Bugs to plant, so that the simulation can be seen to find them. Each changes real code of the
 * server, or what a port of it does, for the length of one run; production code knows nothing of it.
 */

import { FrameBoards } from "../../src/bmp/frames/frame-boards.js";
import type { ConfigurationDescription } from "../../src/config/description.js";
import { withholdBoards } from "../../src/engine/boards/quarantine-on-reload.js";
import { Engine } from "../../src/engine/engine.js";
import { Shares } from "../../src/engine/queue/shares/shares.js";
import { Journal } from "../../src/engine/state/journal.js";
import { LiveJob } from "../../src/engine/state/live-job.js";
import { BatchPlacer } from "../../src/placement/batch.js";
import { BoardBitmaps } from "../../src/placement/bitmaps/board-bitmaps.js";
import { FirstTouches } from "../../src/protocol/first-touches.js";
import { SimulatedClock } from "./clock.js";
import { SimulatedSearch } from "./search.js";
import { World } from "./world.js";

export interface Mutation {
  readonly bug: string;
  /** Plants it; what comes back takes it out again. */
  readonly plant: () => () => void;
}

/** Puts another method in the place of one. */
function replace<T extends object, K extends keyof T>(
  prototype: T,
  name: K,
  make: (original: T[K]) => T[K],
): () => void {
  const original = prototype[name];
  prototype[name] = make(original);
  return () => {
    prototype[name] = original;
  };
}

/** True every so many times it is asked. */
function every(times: number): () => boolean {
  let asked = 0;
  return () => ++asked % times === 0;
}

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "lost-free": {
    bug: "boards whose cooldown is over are not always marked as free",
    plant() {
      const isLost = every(5);
      return replace(
        BoardBitmaps.prototype,
        "release",
        (release) =>
          function (this: BoardBitmaps, allocation) {
            if (!isLost()) release.call(this, allocation);
          },
      );
    },
  },
  "double-placement": {
    bug: "searches look at bitmaps that are out of date, and proposals are taken unchecked",
    plant() {
      const before = new Map<SharedArrayBuffer, SharedArrayBuffer>();
      const undo = [
        replace(SimulatedSearch.prototype, "find", () => ({ batch }) => {
          const { bitmaps } = batch;
          const stale = before.get(bitmaps) ?? bitmaps;
          before.set(bitmaps, copyOf(bitmaps));
          return new BatchPlacer().place({ ...batch, bitmaps: stale });
        }),
        replace(
          BoardBitmaps.prototype,
          "occupy",
          (occupy) =>
            function (this: BoardBitmaps, allocation) {
              if (isFree.call(this, allocation)) occupy.call(this, allocation);
            },
        ),
      ];
      const { isFree } = BoardBitmaps.prototype;
      undo.push(replace(BoardBitmaps.prototype, "isFree", () => () => true));
      return () => {
        for (const remove of undo) remove();
      };
    },
  },
  "answer-before-commit": {
    bug: "the answer to a command does not wait for the commit of what the command did",
    plant: () =>
      replace(
        Engine.prototype,
        "currentMark",
        () =>
          function (this: Engine) {
            return this.durableMark();
          },
      ),
  },
  "missed-notification": {
    bug: "watchers are not always told of a job that changed",
    plant() {
      const isMissed = every(10);
      return replace(
        Journal.prototype,
        "tell",
        (tell) =>
          function (this: Journal, event, replaces) {
            if (!("job" in event && isMissed())) tell.call(this, event, replaces);
          },
      );
    },
  },
  "timer-not-restored": {
    bug: "boards in cooldown when the server died have nothing that ends it",
    plant: () =>
      replace(
        Engine.prototype,
        "start",
        (start) =>
          function (this: Engine, saved, configuration, options) {
            const changes = start.call(this, saved, configuration, options);
            for (const cooldown of this["state"].cooldowns.values()) cooldown.timer?.cancel();
            return changes;
          },
      ),
  },
  "unanswered-job-kept": {
    bug: "a job lives on whose creator was gone before it could be told the id",
    plant: () => replace(Engine.prototype, "abandon", () => () => {}),
  },
  "grace-ignored": {
    bug: "jobs from before a start end one keepalive after it",
    plant: () => misread((rules) => ({ ...rules, secondsOfGraceAfterStart: 0 })),
  },
  "grace-for-ever": {
    bug: "jobs from before a start keep their grace when they are touched",
    plant: () =>
      replace(
        LiveJob.prototype,
        "touch",
        (touch) =>
          function (this: LiveJob, nowMs, host) {
            const { isInGrace } = this;
            const isOtherHost = touch.call(this, nowMs, host);
            this.isInGrace = isInGrace;
            return isOtherHost;
          },
      ),
  },
  "creator-not-awaited": {
    bug: "the keepalive of a job counts from its creation, though nobody can know its id before the answer",
    plant: () =>
      replace(
        Engine.prototype,
        "createJob",
        (createJob) =>
          function (this: Engine, job, actor, done) {
            createJob.call(this, job, actor, done);
            this.creatorTold(this["state"].newJobs.at(-1)!.jobId);
          },
      ),
  },
  "keepalive-from-creation": {
    bug: "the keepalive of a job counts from its creation once its creator is told",
    plant: () =>
      replace(
        Engine.prototype,
        "creatorTold",
        () =>
          function (this: Engine, jobId) {
            const job = this["state"].jobs.get(jobId);
            if (job) job.isCreatorTold = true;
          },
      ),
  },
  "absence-counted": {
    bug: "keepalives run out while the server itself is away",
    plant: () =>
      replace(
        SimulatedClock.prototype,
        "attendedMs",
        () =>
          function (this: SimulatedClock) {
            return this.elapsedMs();
          },
      ),
  },
  "first-touch-ignored": {
    bug: "who keeps a job alive after a start without watching it is not notified",
    plant: () => replace(FirstTouches.prototype, "touched", () => () => {}),
  },
  "cold-start-leaves-on": {
    bug: "a cold start forgets the boards of jobs together with them",
    plant: () =>
      replace(
        World.prototype,
        "forget",
        (forget) =>
          function (this: World, saved) {
            const { kept, forgotten } = forget.call(this, saved);
            const cooldowns = kept.cooldowns.filter(({ jobId }) => jobId === null);
            const needed = new Set(cooldowns.map(({ machineId }) => machineId));
            const machines = kept.machines.filter(({ machineId }) => needed.has(machineId));
            return { kept: { ...kept, cooldowns, machines }, forgotten };
          },
      ),
  },
  "pause-forgotten": {
    bug: "boards are powered on again before they have been off for the pause",
    plant: () =>
      replace(FrameBoards.prototype, "pauseOverMs", () => () => Number.NEGATIVE_INFINITY),
  },
  "on-without-need-ignored": {
    bug: "boards that are on and should be off are seen, and nothing is done",
    plant: () =>
      replace(
        Engine.prototype,
        "bmpObservation",
        (observe) =>
          function (this: Engine, observation) {
            if (observation.kind !== "boardOn") observe.call(this, observation);
          },
      ),
  },
  "board-known-by-name": {
    bug: "quarantine goes by the names of machines: it is forgotten when its machine has another one",
    plant: () =>
      replace(
        Engine.prototype,
        "reconfigure",
        (reconfigure) =>
          function (this: Engine, configuration, actor) {
            const changes = reconfigure.call(this, configuration, actor);
            const names = new Set(configuration.machines.map(({ name }) => name));
            for (const { from } of changes.quarantine) {
              for (const [key, record] of this["state"].quarantine) {
                const isIt = record.machineName !== from.machine && !names.has(from.machine);
                if (isIt) this["state"].quarantine.delete(key);
              }
            }
            for (const machine of this["state"].machines) withholdBoards(this["state"], machine);
            return changes;
          },
      ),
  },
  "given-ignored": {
    bug: "what a host was given does not count: its jobs come first for as long as they are older",
    plant: () => replace(Shares.prototype, "started", () => () => {}),
  },
  "waits-for-own-boards": {
    bug: "others wait for a job that waits for boards of its own host",
    plant: () => replace(Shares.prototype, "keepsOthersWaiting", () => () => true),
  },
  "fifo-ignored": {
    bug: "jobs are overtaken though the policy is first come, first served",
    plant: () => misread((rules) => ({ ...rules, queuePolicy: "overtake" })),
  },
  "bound-ignored": {
    bug: "jobs are overtaken by others that are younger by more than maxSecondsOvertaken",
    plant: () => misread((rules) => ({ ...rules, maxSecondsOvertaken: 1e9 })),
  },
};

/** The engine takes a configuration for another one. */
function misread(
  change: (configuration: ConfigurationDescription) => ConfigurationDescription,
): () => void {
  const undo = [
    replace(
      Engine.prototype,
      "start",
      (start) =>
        function (this: Engine, saved, configuration, options) {
          return start.call(this, saved, change(configuration), options);
        },
    ),
    replace(
      Engine.prototype,
      "reconfigure",
      (reconfigure) =>
        function (this: Engine, configuration) {
          return reconfigure.call(this, change(configuration));
        },
    ),
  ];
  return () => {
    for (const remove of undo) remove();
  };
}

function copyOf(buffer: SharedArrayBuffer): SharedArrayBuffer {
  const copy = new SharedArrayBuffer(buffer.byteLength);
  new Uint8Array(copy).set(new Uint8Array(buffer));
  return copy;
}
