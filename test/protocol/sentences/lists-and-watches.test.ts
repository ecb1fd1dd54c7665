/** What docs/reference/protocol.md says of whereabouts, lists and watches. */

import fc from "fast-check";
import { describe, expect } from "vitest";
import { boardCount, boardOfIndex } from "../../../src/domain/board.js";
import { OPERATOR } from "../../../src/engine/contract/actors.js";
import type { Json, JsonObject } from "../../../src/protocol/requests/json.js";
import { boards as boardsRequest, configuration, machine, newJob } from "../../engine/fixtures.js";
import { CLIENT } from "../../support/actors.js";
import { releaseBoards } from "../../support/release.js";
import { says } from "./document.js";
import { type Peer, Talk } from "./talk.js";

const M = machine("m", 4, 2, { tags: ["default", "big"] });
const T = machine("t", 1, 1, { cabinet: 1, tags: ["three"] });

/** The ways to ask where a board is, of a board of machine m. */
function waysTo(
  jobId: number,
  [x, y, z]: readonly number[],
  [cabinet, frame, board]: readonly number[],
): JsonObject[] {
  const chip = { chip_x: 12 * x! + [0, 8, 4][z!]!, chip_y: 12 * y! + [0, 4, 8][z!]! };
  return [
    { machine: "m", x: x!, y: y!, z: z! },
    { machine: "m", cabinet: cabinet!, frame: frame!, board: board! },
    { machine: "m", ...chip },
    { job_id: jobId, ...chip },
  ];
}

describe("where_is", () => {
  says(
    [
      "The arguments are given by name, as exactly one of these sets; a name whose value is null counts as not given:",
      "Any other set of names is an exception.",
    ],
    () => {
      const peer = new Talk().connect();
      const jobId = peer.create([4, 2]);
      const ways = waysTo(jobId, [0, 0, 0], [0, 0, 0]);
      const names = [
        "machine",
        "x",
        "y",
        "z",
        "cabinet",
        "frame",
        "board",
        "chip_x",
        "chip_y",
        "job_id",
      ];
      const sets = new Set(ways.map((way) => Object.keys(way).sort().join()));
      const some = fc.subarray(names);
      fc.assert(
        fc.property(fc.constantFrom(...ways), some, some, (way, nulls, others) => {
          const unset = Object.fromEntries(nulls.map((name) => [name, null]));
          const found = peer.call("where_is", [], { ...unset, ...way });
          expect(found).toMatchObject({ logical: [0, 0, 0] });
          const values = others.map((name) => [name, name === "machine" ? "m" : 0]);
          const answer = peer.ask("where_is", [], { ...unset, ...Object.fromEntries(values) });
          const isOne = sets.has([...others].sort().join());
          expect(Object.keys(answer)).toEqual([isOne ? "return" : "exception"]);
          expect(peer.ask("where_is", ["m"], way)).toHaveProperty("exception");
        }),
      );
    },
  );

  says(
    [
      'Returns `{"machine", "logical": [x, y, z], "physical": [cabinet, frame, board], "chip": [x, y], "board_chip": [x, y], …',
      "Returns null if nothing is there.",
    ],
    () => {
      const peer = new Talk().connect();
      const jobId = peer.create([2, 2]);
      fc.assert(
        fc.property(fc.nat({ max: boardCount(M) - 1 }), (at) => {
          const logical = boardOfIndex(at, M);
          const physical = M.boardLocations.find(([one]) => String(one) === String(logical))![1];
          const isOfJob = logical[0] < 2;
          for (const [n, way] of waysTo(jobId, logical, physical).entries()) {
            const found = peer.call("where_is", [], way) as JsonObject | null;
            if (n === 3 && !isOfJob) {
              expect(found).toBeNull();
              continue;
            }
            expect(found).toMatchObject({ machine: "m", logical, physical, board_chip: [0, 0] });
            const { job_id, job_chip, chip } = found!;
            expect([job_id, job_chip]).toEqual(isOfJob ? [jobId, chip] : [null, null]);
          }
        }),
      );
      fc.assert(
        fc.property(fc.integer({ min: 4 }), (outside) => {
          for (const way of [
            { machine: "m", x: outside, y: 0, z: 0 },
            { machine: "m", cabinet: outside, frame: 0, board: 0 },
            { machine: `m${outside}`, chip_x: 0, chip_y: 0 },
            { job_id: jobId + outside, chip_x: 0, chip_y: 0 },
          ]) {
            expect(peer.call("where_is", [], way)).toBeNull();
          }
        }),
      );
    },
  );
});

describe("lists", () => {
  says(
    [
      "`job_id`, `owner`, `start_time`, `keepalive`, `state`, `power`, `args` and `kwargs`, `allocated_machine_name` and `boards` (both null while queued), and …",
      "`args` and `kwargs` are as the caller gave them, without `owner`, `keepalive` and what is ignored, but such that every client can read them.",
      "`args` holds up to three whole numbers of 32 bits and no null; options that were given by position are in `kwargs`.",
      "In no text is there half of a surrogate pair:",
      "U+FFFD stands for it.",
    ],
    () => {
      const keys =
        "job_id,owner,start_time,keepalive,state,power,args,kwargs,allocated_machine_name,boards,keepalivehost";
      const size = fc.constantFrom<Json[]>([], [1], [3], [2, 1], [3, 1, 2]);
      const kwargs = fc.record(
        {
          tags: fc.constantFrom(["big"], [], null),
          min_ratio: fc.constantFrom(0.5, null),
          max_dead_boards: fc.constantFrom(0, 1e300, null),
          group: fc.constantFrom("group", "half \ud800", null),
        },
        { requiredKeys: [] },
      );
      fc.assert(
        fc.property(fc.array(fc.tuple(size, kwargs), { maxLength: 5 }), (requests) => {
          const peer = new Talk().connect("10.0.0.7");
          const owner = { owner: "half \udc00", keepalive: 9 };
          for (const [args, named] of requests) peer.create(args, { ...named, ...owner });
          for (const [at, job] of peer.jobs().entries()) {
            const [args, named] = requests[at]!;
            expect(Object.keys(job).join()).toBe(keys);
            const fixed = { job_id: at + 1, owner: "half \ufffd", keepalivehost: "10.0.0.7" };
            expect(job).toMatchObject({ ...fixed, args });
            const group = named.group?.toWellFormed();
            expect(job["kwargs"]).toEqual({ ...named, ...(group !== undefined && { group }) });
            const { state, allocated_machine_name, boards } = job;
            expect([allocated_machine_name === null, boards === null]).toEqual(
              state === 1 ? [true, true] : [false, false],
            );
          }
        }),
        { numRuns: 50 },
      );
      const peer = new Talk().connect();
      peer.create([null]);
      peer.create([3, 1, 2, 1, 2]);
      peer.create([], { client: "x".repeat(500_000), job_id: ["x".repeat(500_000)], group: "g" });
      expect(peer.jobs()).toMatchObject([
        { args: [] },
        { args: [3, 1, 2], kwargs: { min_ratio: 1, max_dead_boards: 2 } },
        { args: [] },
      ]);
      expect(peer.jobs()[2]!["kwargs"]).toEqual({ group: "g" });
    },
  );

  says(
    "`name`, `tags`, `width` and `height` in triads, `dead_boards` `[[x, y, z], …]`, which includes boards that do not exist and, while they are out, …",
    () => {
      const board = fc.nat({ max: boardCount(M) - 1 }).map((index) => boardOfIndex(index, M));
      const link = fc.tuple(board, fc.constantFrom(0, 1, 2, 3, 4, 5));
      const several = { selector: String, maxLength: 4 };
      fc.assert(
        fc.property(
          fc.uniqueArray(board, several),
          fc.uniqueArray(link, several),
          (dead, links) => {
            const deadLinks = links.map(([[x, y, z], one]) => [x, y, z, one] as const);
            const lacking = machine("m", 4, 2, { deadBoards: dead, deadLinks });
            const talk = new Talk([lacking, T]);
            const peer = talk.connect();
            const big = { name: "m", tags: ["default"], width: 4, height: 2 };
            const small = { name: "t", tags: ["three"], width: 1, height: 1 };
            expect(peer.call("list_machines")).toEqual([
              { ...big, dead_boards: dead, dead_links: deadLinks },
              { ...small, dead_boards: [], dead_links: [] },
            ]);
            const { operator } = talk.world.engine;
            operator.quarantineBoards("t", [1], "it smells", OPERATOR);
            talk.world.settle();
            expect(peer.call("list_machines")).toMatchObject([{}, { dead_boards: [[0, 0, 1]] }]);
          },
        ),
        { numRuns: 30 },
      );
    },
  );
});

/** A client that watches all jobs and machines, with nothing to be read. */
function watcher(talk: Talk): Peer {
  const peer = talk.connect();
  peer.call("notify_job");
  peer.call("notify_machine");
  return peer;
}

/** What a client was notified of, each once. */
const changesOf = (peer: Peer) => [...new Set(peer.takeNotified())];
const jobsOf = (peer: Peer) => changesOf(peer).filter((one) => typeof one === "number");
const machinesOf = (peer: Peer) => changesOf(peer).filter((one) => typeof one === "string");

describe("watching", () => {
  says(
    "A job changes when it is created or placed, when its boards start or finish being switched, and when it is destroyed.",
    () => {
      const talk = new Talk();
      const [all, peer] = [watcher(talk), talk.connect()];
      const running = peer.create([4, 2]);
      expect(jobsOf(all)).toEqual([running]);
      const waiting = peer.create([1]);
      expect(jobsOf(all)).toEqual([waiting]);
      fc.assert(
        fc.property(fc.constantFrom("power_on_job_boards", "power_off_job_boards"), (command) => {
          peer.say(JSON.stringify({ command, args: [running] }), { bmps: false });
          expect(jobsOf(all)).toEqual([running]);
          talk.world.settle();
          expect(jobsOf(all)).toEqual([running]);
        }),
        { numRuns: 10 },
      );
      const looking = ["job_keepalive", "get_job_state", "get_job_machine_info"];
      fc.assert(
        fc.property(fc.constantFrom(...looking), (command) => {
          peer.ask(command, [running]);
          peer.jobs();
          expect(jobsOf(all)).toEqual([]);
        }),
        { numRuns: 10 },
      );
      peer.call("destroy_job", [running]);
      talk.world.pass(1000);
      expect(jobsOf(all).sort()).toEqual([running, waiting]);
      peer.call("destroy_job", [waiting]);
      expect(jobsOf(all)).toEqual([waiting]);
    },
  );

  says(
    "A machine changes when it is added, changed or removed, when boards of it are withheld or come back, and when a job is placed on it or leaves it.",
    () => {
      const talk = new Talk([M]);
      const [all, peer] = [watcher(talk), talk.connect()];
      const apply = (machines: (typeof M)[]) => {
        talk.world.engine.reconfigure(configuration(machines, { secondsBeforeFree: 0 }));
        talk.world.settle();
        return machinesOf(all);
      };
      const more = { ...T, tags: ["more"] };
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 9 }), (count) => {
          const jobId = peer.create([count]);
          expect(machinesOf(all)).toEqual(["m"]);
          peer.call("power_off_job_boards", [jobId]);
          expect(machinesOf(all)).toEqual([]);
          peer.call("destroy_job", [jobId]);
          talk.world.pass(1000);
          expect(machinesOf(all)).toEqual(["m"]);
          expect(apply([M, T])).toEqual(["t"]);
          expect(apply([M, more])).toEqual(["t"]);
          talk.world.engine.operator.quarantineBoards("t", [1], "it smells", OPERATOR);
          talk.world.settle();
          expect(machinesOf(all)).toEqual(["t"]);
          releaseBoards(talk.world.engine.operator, "t", [1], "a new fan");
          talk.world.settle();
          expect(machinesOf(all)).toEqual(["t"]);
          expect(apply([{ ...M, deadBoards: [[0, 0, 1]] }, more])).toEqual(["m"]);
          expect(apply([M]).sort()).toEqual(["m", "t"]);
        }),
        { numRuns: 10 },
      );
    },
  );

  says(
    [
      "Watching all jobs replaces the watches of single jobs.",
      "Unwatching a single job while all are watched changes nothing.",
      "The same holds for machines.",
      "Changes may be merged into one line, but none is lost.",
    ],
    () => {
      const KEYS = [1, 2, "m", "t"] as const;
      type Kind = "job" | "machine";
      const kindOf = (key: number | string): Kind => (typeof key === "number" ? "job" : "machine");
      const step = fc.record({
        what: fc.constantFrom("watch", "unwatch", "watchAll", "unwatchAll"),
        key: fc.constantFrom(...KEYS),
      });
      fc.assert(
        fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
          const talk = new Talk();
          const [peer, other] = [talk.connect(), talk.connect()];
          for (const key of ["m", "t"]) other.create([], { machine: key });
          // The rule in plain words: all of a kind, or some.
          let watched: readonly (number | string)[] = [];
          const all = { job: false, machine: false };
          for (const { what, key } of steps) {
            const kind = kindOf(key);
            if (what === "watchAll" || what === "unwatchAll") {
              peer.call(what === "watchAll" ? `notify_${kind}` : `no_notify_${kind}`);
              all[kind] = what === "watchAll";
              watched = watched.filter((one) => kindOf(one) !== kind);
            } else if (what === "watch") {
              peer.call(`notify_${kind}`, [key]);
              if (!all[kind]) watched = [...watched, key];
            } else {
              peer.call(`no_notify_${kind}`, [key]);
              watched = watched.filter((one) => one !== key);
            }
          }
          for (const jobId of [1, 2]) other.call("destroy_job", [jobId]);
          talk.world.pass(1000);
          const expected = KEYS.filter((key) => all[kindOf(key)] || watched.includes(key));
          expect(new Set(peer.takeNotified())).toEqual(new Set(expected));
        }),
        { numRuns: 60 },
      );
    },
  );

  says("Jobs and machines may be watched before they exist.", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), (jobId) => {
        const talk = new Talk([M]);
        const [peer, other] = [talk.connect(), talk.connect()];
        peer.call("notify_job", [jobId]);
        peer.call("notify_machine", ["t"]);
        for (let n = 1; n < jobId; n++) other.create();
        expect(changesOf(peer)).toEqual([]);
        other.create();
        expect(changesOf(peer)).toEqual([jobId]);
        talk.world.engine.reconfigure(configuration([M, T]));
        talk.world.settle();
        expect(changesOf(peer)).toEqual(["t"]);
      }),
      { numRuns: 10 },
    );
  });

  says(
    "Watches end with the connection; the watch of a single job also ends when the job is destroyed.",
    () => {
      fc.assert(
        fc.property(fc.constantFrom<Json[]>([], [1]), fc.boolean(), (watched, isDestroyed) => {
          const talk = new Talk();
          const [gone, peer, other] = [talk.connect(), talk.connect(), talk.connect()];
          const jobId = other.create();
          for (const one of [gone, peer]) one.call("notify_job", watched);
          gone.leave();
          other.call(isDestroyed ? "destroy_job" : "power_off_job_boards", [jobId]);
          expect(gone.takeNotified()).toEqual([]);
          expect(changesOf(peer)).toEqual([jobId]);
          const after = talk.connect();
          other.call("destroy_job", [jobId]);
          expect(after.takeNotified()).toEqual([]);
          expect(changesOf(peer)).toEqual(isDestroyed ? [] : [jobId]);
        }),
        { numRuns: 20 },
      );
    },
  );

  says("Watch first, then ask for the state: that way you miss no change.", () => {
    fc.assert(
      fc.property(fc.nat({ max: 6 }), (stagesBefore) => {
        const talk = new Talk();
        const { world } = talk;
        const peer = talk.connect();
        world.engine.createJob(newJob(boardsRequest(3)), CLIENT, () => undefined);
        const stages = [
          () => world.clock.turnIsOpen && world.clock.endTurn(),
          () => world.search.searches.length > 0 && world.answerSearch(),
          () => world.clock.turnIsOpen && world.clock.endTurn(),
          () => world.store.hasWaiting && world.store.commitOne(),
          () => world.settle({ bmps: false }),
          () => world.settle(),
        ];
        for (const happen of stages.slice(0, stagesBefore)) happen();
        peer.call("notify_job", [1]);
        let seen = peer.state(1)["state"];
        while (peer.takeNotified().length > 0) seen = peer.state(1)["state"];
        expect(seen).toBe(3);
      }),
      { numRuns: 20 },
    );
  });
});

describe("after a start", () => {
  says(
    [
      "The first time that a connection shows interest in a job from before the server started, and does not watch it, it gets one `jobs_changed` for that job.",
      "It may come before or after the answer.",
      "So a client that connected again, but did not watch again, asks for the state and learns what it missed.",
      "This holds as well for a job that has ended or been forgotten.",
    ],
    () => {
      const touch = fc.constantFrom("job_keepalive", "get_job_state", "get_job_machine_info");
      const fate = fc.constantFrom("lives", "ended", "forgotten", "ends");
      fc.assert(
        fc.property(
          fc.array(touch, { minLength: 1, maxLength: 4 }),
          fate,
          fc.constantFrom<Json[] | null>(null, [], [1]),
          (touches, what, watched) => {
            const talk = new Talk(undefined, { maxRetiredJobs: what === "forgotten" ? 0 : 100 });
            const before = talk.connect();
            const jobId = before.create();
            if (what === "ended" || what === "forgotten") before.call("destroy_job", [jobId]);
            talk.restart();
            const peer = talk.connect();
            if (what === "ends") talk.connect().call("destroy_job", [jobId]);
            if (watched !== null) peer.call("notify_job", watched);
            for (const command of touches) peer.call(command, [jobId]);
            expect(peer.takeNotified()).toEqual(watched === null ? [jobId] : []);
            const since = peer.create();
            peer.takeNotified();
            peer.call("job_keepalive", [since]);
            expect(peer.takeNotified()).toEqual([]);
          },
        ),
        { numRuns: 60 },
      );
    },
  );
});
