/** What docs/reference/protocol.md says of jobs. */
import fc from "fast-check";
import { describe, expect } from "vitest";
import type { Json } from "../../../src/protocol/requests/json.js";
import { machine } from "../../engine/fixtures.js";
import { NO_BOARDS, NOBODY, TOUCHING } from "../known-answers.js";
import { says } from "./document.js";
import { type Peer, Talk } from "./talk.js";

const NO_MACHINE = "Cancelled: No suitable machines available.";

/** Requests for boards of all kinds, most of which fit on the machine of 4 × 2 triads. */
const size = fc.oneof(
  fc.constant<Json[]>([]),
  fc.integer({ min: 1, max: 26 }).map((boards) => [boards]),
  fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 2 })),
  fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 1 }), fc.nat({ max: 2 })),
);

describe("job ids", () => {
  says(
    [
      "It was never given, or its job ended so long ago that it has been forgotten: its state is 0, its boards are null, and commands do nothing.",
      "The same holds for an id that is a text, null, or not a whole number.",
      "A truth value, a list or an object is an exception.",
    ],
    () => {
      const talk = new Talk(undefined, { maxRetiredJobs: 0 });
      const peer = talk.connect();
      const forgotten = peer.create();
      peer.call("destroy_job", [forgotten]);
      const kept = peer.create();
      const before = peer.jobs();
      const unknown = fc.oneof(
        fc.constant(forgotten),
        fc.integer({ min: kept + 1 }),
        fc.string(),
        fc.constant(String(kept)),
        fc.constant(null),
        fc.double({ noInteger: true, noNaN: true, noDefaultInfinity: true }),
      );
      fc.assert(
        fc.property(unknown, (id) => {
          expect(peer.state(id)).toEqual(NOBODY);
          expect(peer.info(id)).toEqual(NO_BOARDS);
          for (const command of [...TOUCHING.slice(3), "job_keepalive", "destroy_job"]) {
            expect(peer.call(command, [id])).toBeNull();
          }
          expect(peer.jobs()).toEqual(before);
        }),
      );
      for (const odd of [true, false, [], [kept], {}, { id: kept }]) {
        for (const command of [...TOUCHING, "destroy_job", "notify_job"]) {
          expect(peer.ask(command, [odd])).toHaveProperty("exception");
        }
      }
    },
  );

  says(
    [
      "`job_keepalive`, `get_job_state`, `get_job_machine_info` and the power commands show interest in the job they name and renew its keepalive.",
      "`destroy_job`, `notify_job` and `where_is` do not.",
    ],
    () => {
      const ask = (peer: Peer, command: string, jobId: number) =>
        command === "where_is"
          ? peer.ask(command, [], { job_id: jobId, chip_x: 0, chip_y: 0 })
          : peer.ask(command, [jobId]);
      fc.assert(
        fc.property(
          fc.constantFrom(...TOUCHING, "notify_job", "no_notify_job", "where_is", "list_jobs"),
          (command) => {
            const talk = new Talk(undefined, { timeoutCheckInterval: 1 });
            const peer = talk.connect();
            const jobId = peer.create([], { keepalive: 60 });
            talk.world.pass(40_000);
            if (command === "list_jobs") peer.jobs();
            else ask(peer, command, jobId);
            talk.world.pass(40_000);
            const lives = peer.jobs().length === 1;
            expect(lives).toBe(TOUCHING.includes(command));
          },
        ),
      );
    },
  );

  says(
    "It counts from when the answer to `create_job` has left the server, and stands still while the server is stopped or late by more than a second.",
    () => {
      fc.assert(
        fc.property(fc.nat({ max: 300 }), fc.integer({ min: 2, max: 300 }), (heldS, awayS) => {
          const talk = new Talk(undefined, { timeoutCheckInterval: 1 });
          const { world } = talk;
          const peer = talk.connect();
          peer.send('{"command":"create_job","kwargs":{"owner":"me","keepalive":60}}');
          world.passAlone(heldS * 1000);
          world.settle();
          world.pass(30_000);
          world.clock.beAway(awayS * 1000);
          world.pass(30_000);
          expect(peer.jobs()).toHaveLength(1);
          world.pass(2000);
          expect(peer.jobs()).toHaveLength(0);
        }),
      );
    },
  );

  says(
    "After a start of the server, a job lives longer than its keepalive until somebody shows interest in it …",
    () => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 3000 }), fc.boolean(), (afterS, isTouched) => {
          const talk = new Talk();
          const jobId = talk.connect().create([], { keepalive: 60 });
          talk.restart();
          talk.world.pass(afterS * 1000);
          const peer = talk.connect();
          expect(peer.jobs()).toHaveLength(1);
          if (isTouched) peer.call("job_keepalive", [jobId]);
          talk.world.pass(70_000);
          expect(peer.jobs()).toHaveLength(isTouched ? 0 : 1);
        }),
        { numRuns: 20 },
      );
    },
  );
});

describe("create_job", () => {
  says("All are whole numbers (`2.0` is one).", () => {
    const peer = new Talk().connect();
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.nat({ max: 2 }),
        (number, at) => {
          const args = new Array(3)
            .fill(1)
            .map((one, index) => (index === at ? number : one))
            .slice(0, at + 1);
          const answer = peer.ask("create_job", args, { owner: "me" });
          expect(Object.keys(answer)).toEqual([Number.isInteger(number) ? "return" : "exception"]);
          if ("return" in answer) peer.call("destroy_job", [answer["return"]!]);
        },
      ),
    );
    const whole = peer.say('{"command":"create_job","args":[2.0],"kwargs":{"owner":"me"}}');
    expect(whole).toHaveProperty("return");
  });

  says(
    [
      "After three of them, `min_ratio`, `max_dead_boards`, `max_dead_links` and `require_torus` may follow by position.",
      "All other parameters are given by name only:",
    ],
    () => {
      const options = ["min_ratio", "max_dead_boards", "max_dead_links", "require_torus"];
      const peer = new Talk().connect();
      fc.assert(
        fc.property(fc.nat({ max: 4 }), (count) => {
          const values = [0.5, 3, 4, false].slice(0, count);
          const jobId = peer.create([3, 1, 2, ...values]);
          const named = Object.fromEntries(values.map((value, at) => [options[at], value]));
          expect(peer.jobs()).toMatchObject([{ args: [3, 1, 2], kwargs: named }]);
          expect(peer.jobs()[0]!["kwargs"]).toEqual(named);
          peer.call("destroy_job", [jobId]);
          expect(
            peer.ask("create_job", [3, 1, 2, 0.5, 3, 4, false, "me"], { owner: "me" }),
          ).toHaveProperty("exception");
        }),
        { numRuns: 20 },
      );
    },
  );

  says(
    [
      'A number as a name (`"machine": 1`) is taken as its digits.',
      "`job_id` is accepted and ignored.",
    ],
    () => {
      const talk = new Talk([machine("1", 1, 1, { tags: ["2"] })]);
      const peer = talk.connect();
      fc.assert(
        fc.property(
          fc.constantFrom({ machine: 1 }, { machine: "1" }, { tags: [2] }, { tags: ["2"] }),
          fc.jsonValue({ maxDepth: 1 }),
          (where, id) => {
            const jobId = peer.create([], { ...where, job_id: id as Json });
            expect(peer.info(jobId)).toMatchObject({ machine_name: "1" });
            peer.call("destroy_job", [jobId]);
          },
        ),
      );
    },
  );

  says("There may be 128 tags.", () => {
    const peer = new Talk().connect();
    for (const [tags, outcome] of [
      [128, "return"],
      [129, "exception"],
      [4000, "exception"],
    ] as const) {
      const answer = peer.ask("create_job", [1], { owner: "me", tags: new Array(tags).fill("x") });
      expect(Object.keys(answer)).toEqual([outcome]);
    }
  });

  says(
    "`args` and `kwargs`, without `owner` and `keepalive`, may together have 16,384 characters as JSON.",
    () => {
      const peer = new Talk().connect();
      fc.assert(
        fc.property(fc.integer({ min: -40, max: 40 }), (more) => {
          const tag = "x".repeat(200);
          // [1] and {"tags":[…]} around as many tags as it takes.
          const tags = new Array(80).fill(tag);
          const rest = 16_384 - `[1]{"tags":${JSON.stringify([...tags, ""])}}`.length + more;
          const answer = peer.ask("create_job", [1], {
            owner: "o".repeat(1024),
            tags: [...tags, "y".repeat(rest)],
          });
          expect(Object.keys(answer)).toEqual([more <= 0 ? "return" : "exception"]);
        }),
      );
    },
  );

  says(
    [
      "`machine` together with `tags`, `require_torus` for a single board, and any value not described here are exceptions.",
      "None of them leaves a job behind.",
    ],
    () => {
      const wrong = fc.oneof(
        fc.constantFrom([[1], { machine: "m", tags: [] }], [[2], { machine: "m", tags: ["big"] }]),
        fc.constantFrom(
          [[], { require_torus: true }],
          [[1], { require_torus: true }],
          [[0, 0, 0], { require_torus: true }],
        ),
        fc
          .tuple(
            fc.constantFrom(
              "machine",
              "tags",
              "min_ratio",
              "max_dead_boards",
              "max_dead_links",
              "require_torus",
              "keepalive",
              "group",
            ),
            fc.constantFrom<Json>({}, { a: 1 }, [[]], [{}], -1.5),
          )
          .filter(
            ([name, value]) =>
              !(name === "group" && value === -1.5) && !(name === "machine" && value === -1.5),
          )
          .map(([name, value]) => [[4], { [name]: value }]),
        fc.constantFrom(
          [["4"], {}],
          [[true], {}],
          [[1, "x"], {}],
          [[null, 1], {}],
          [[4], { other: 1 }],
        ),
      ) as fc.Arbitrary<[Json[], { [key: string]: Json }]>;
      const talk = new Talk();
      const peer = talk.connect();
      let lastId = peer.create();
      peer.call("destroy_job", [lastId]);
      fc.assert(
        fc.property(wrong, ([args, kwargs]) => {
          expect(peer.ask("create_job", args, { owner: "me", ...kwargs })).toHaveProperty(
            "exception",
          );
          expect(peer.jobs()).toEqual([]);
          const next = peer.create();
          expect(next).toBe(lastId + 1);
          lastId = next;
          peer.call("destroy_job", [next]);
        }),
      );
    },
  );

  says(
    "A job that no machine could ever hold, even empty (no such machine, no machine with these tags, too large, a size of zero or less) is *not* …",
    () => {
      const impossible = fc.oneof(
        fc.constantFrom(
          [[1], { machine: "nosuch" }],
          [[1], { tags: ["nosuch"] }],
          [[1], { tags: ["default", "three"] }],
        ),
        fc.integer({ min: 25 }).map((boards) => [[boards], {}]),
        fc.integer({ max: 0 }).map((boards) => [[boards], {}]),
        fc.tuple(fc.integer({ min: 5 }), fc.integer({ min: 5 })).map((triads) => [triads, {}]),
        fc
          .tuple(fc.integer({ max: 0 }), fc.integer({ min: 1, max: 2 }))
          .map((triads) => [triads, {}]),
        fc.integer({ min: 4 }).map((x) => [[x, 0, 0], {}]),
      ) as fc.Arbitrary<[number[], { [key: string]: Json }]>;
      const peer = new Talk().connect();
      let lastId = 0;
      fc.assert(
        fc.property(impossible, ([args, kwargs]) => {
          const jobId = peer.create(args, kwargs);
          expect(jobId).toBe(lastId + 1);
          lastId = jobId;
          expect(peer.state(jobId)).toEqual({ ...NOBODY, state: 4, reason: NO_MACHINE });
        }),
      );
    },
  );

  says(
    "When the answer comes, the first attempt to place the job is over: its state is power, queued or destroyed.",
    () => {
      fc.assert(
        fc.property(fc.array(size, { minLength: 1, maxLength: 6 }), (sizes) => {
          const talk = new Talk();
          const peer = talk.connect();
          for (const args of sizes) {
            const request = JSON.stringify({
              command: "create_job",
              args,
              kwargs: { owner: "me" },
            });
            const { return: jobId } = peer.say(request, { bmps: false });
            const view = talk.world.engine.job(Number(jobId));
            expect(view === undefined ? null : "state" in view ? view.state : 4).toSatisfy(
              (state: number) => [1, 2, 4].includes(state),
            );
          }
        }),
        { numRuns: 50 },
      );
    },
  );

  says(
    "If your connection is gone before the answer was written, nobody knows of the job: it is destroyed, with a reason that ends in …",
    () => {
      const talk = new Talk();
      const [gone, peer] = [talk.connect(), talk.connect()];
      expect(() =>
        gone.sayAndLeave('{"command":"create_job","kwargs":{"owner":"me"}}'),
      ).not.toThrow();
      expect(peer.state(1)).toMatchObject({ state: 4 });
      expect(peer.state(1)["reason"]).toMatch(
        /Its client was gone before it could be told the id of the job\.$/,
      );
      peer.create();
      expect(peer.jobs().map(({ job_id }) => job_id)).toEqual([2]);
    },
  );
});

describe("the state of a job", () => {
  says("`start_time` is the Unix time of the job's creation in seconds, with a fraction.", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), (ms) => {
        const talk = new Talk();
        talk.world.pass(ms);
        const peer = talk.connect();
        const createdMs = talk.world.clock.nowMs();
        const jobId = peer.create();
        talk.world.pass(5000);
        expect(peer.state(jobId)["start_time"]).toBeCloseTo(createdMs / 1000, 3);
      }),
      { numRuns: 20 },
    );
  });

  says(
    "`keepalivehost` is the IP address of the client that last showed interest in the job, or null if none has.",
    () => {
      const host = fc.ipV4();
      fc.assert(
        fc.property(
          fc.array(fc.tuple(host, fc.constantFrom(...TOUCHING, "notify_job")), { maxLength: 5 }),
          (touches) => {
            const talk = new Talk();
            const jobId = talk.connect("10.9.9.9").create();
            let last = "10.9.9.9";
            for (const [from, command] of touches) {
              talk.connect(from).call(command, [jobId]);
              if (command !== "notify_job") last = from;
            }
            expect(talk.connect().jobs()[0]!["keepalivehost"]).toBe(last);
            expect(talk.connect("10.8.8.8").state(jobId)["keepalivehost"]).toBe("10.8.8.8");
          },
        ),
        { numRuns: 50 },
      );
    },
  );
});

describe("the boards of a job", () => {
  says(
    [
      '`{"width", "height", "connections", "machine_name", "boards"}`, all null for a job without boards.',
      "`width` and `height` are in chips: 8 × 8 for one board; otherwise 12 for each triad, plus 4 unless the allocation wraps around along that axis.",
      "`connections` is `[[[x, y], host], …]`, sorted by x, then y.",
      "The job's origin, (0, 0), comes first, and the chip coordinates are relative to it.",
      "`boards` is `[[x, y, z], …]`, the coordinates on the machine.",
    ],
    () => {
      fc.assert(
        fc.property(fc.array(size, { minLength: 1, maxLength: 4 }), (sizes) => {
          const talk = new Talk();
          const peer = talk.connect();
          for (const args of sizes) {
            const jobId = peer.create(args);
            const info = peer.info(jobId);
            expect(Object.keys(info)).toEqual(Object.keys(NO_BOARDS));
            if (peer.state(jobId)["state"] !== 3) {
              expect(info).toEqual(NO_BOARDS);
              continue;
            }
            const boards = info["boards"] as [number, number, number][];
            const connections = info["connections"] as [[number, number], string][];
            const columns = new Set(boards.map(([x]) => x)).size;
            const rows = new Set(boards.map(([, y]) => y)).size;
            const side = (triads: number, all: number) => 12 * triads + (triads === all ? 0 : 4);
            const [width, height] =
              boards.length === 1 ? [8, 8] : [side(columns, 4), side(rows, 2)];
            expect(info).toMatchObject({ width, height, machine_name: "m" });
            expect(connections).toHaveLength(boards.length);
            expect(connections[0]![0]).toEqual([0, 0]);
            const sorted = [...connections].sort(([a], [b]) => a[0] - b[0] || a[1] - b[1]);
            expect(connections).toEqual(sorted);
            const hosts = boards.map((board) => `board-0-${board.join("-")}`);
            expect(connections.map(([, host]) => host).sort()).toEqual(hosts.sort());
            for (const [chip, host] of connections) {
              const found = peer.call("where_is", [], {
                job_id: jobId,
                chip_x: chip[0],
                chip_y: chip[1],
              });
              const { logical } = found as unknown as { logical: number[] };
              expect(`board-0-${logical.join("-")}`).toBe(host);
            }
          }
        }),
        { numRuns: 40 },
      );
    },
  );
});
