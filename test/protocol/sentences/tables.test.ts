/** What the tables of docs/reference/protocol.md say of commands, parameters and states. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../../src/protocol/requests/json.js";
import { machine } from "../../engine/fixtures.js";
import { Talk } from "./talk.js";

describe("the table of commands", () => {
  test("ids grow and are never given twice, over restarts; jobs are listed oldest first", () => {
    const step = fc.constantFrom("create", "createImpossible", "destroy", "restart");
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), (steps) => {
        const talk = new Talk();
        let peer = talk.connect();
        let lastId = 0;
        let living: number[] = [];
        for (const what of steps) {
          if (what === "restart") {
            talk.restart();
            peer = talk.connect();
          } else if (what === "destroy") {
            const oldest = living.shift();
            if (oldest !== undefined) peer.call("destroy_job", [oldest]);
          } else {
            const jobId = peer.create([what === "create" ? 2 : 1000]);
            expect(jobId).toBeGreaterThan(lastId);
            lastId = jobId;
            if (what === "create") living = [...living, jobId];
          }
          expect(peer.jobs().map(({ job_id }) => job_id)).toEqual(living);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("machines are listed with the highest priority first", () => {
    const machines = ["a", "b", "c", "d"].map((name, cabinet) => machine(name, 1, 1, { cabinet }));
    fc.assert(
      fc.property(fc.shuffledSubarray(machines), (some) => {
        const listed = new Talk(some).connect().call("list_machines") as JsonObject[];
        expect(listed.map(({ name }) => name)).toEqual(some.map(({ name }) => name));
      }),
      { numRuns: 20 },
    );
  });

  test("of a reason the first 1,024 characters are kept, and whole ones only", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 1100 }),
        fc.constantFrom("x", "😀"),
        (length, last) => {
          const peer = new Talk().connect();
          const jobId = peer.create();
          peer.call("destroy_job", [jobId, "r".repeat(length) + last]);
          const reason = String(peer.state(jobId)["reason"]);
          const fits = length + last.length <= 1024;
          expect(reason.isWellFormed()).toBe(true);
          if (fits) expect(reason).toBe("r".repeat(length) + last);
          else
            expect(reason).toBe(
              `${"r".repeat(Math.min(length, 1024))}${length === 1023 && last === "x" ? "x" : ""}…`,
            );
        },
      ),
    );
  });

  test("power_on_job_boards resets boards that are on; the last power command wins", () => {
    const commands = fc.array(fc.boolean(), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(commands, (switches) => {
        const talk = new Talk();
        const peer = talk.connect();
        const jobId = peer.create([3]);
        const orders: string[] = [];
        talk.world.bmps.onSubmit = ({ order }) => void orders.push(order.action);
        for (const isOn of switches) {
          const command = isOn ? "power_on_job_boards" : "power_off_job_boards";
          peer.say(JSON.stringify({ command, args: [jobId] }), { bmps: false });
        }
        talk.world.settle();
        expect(orders.at(-1)).toBe(switches.at(-1) ? "on" : "off");
        expect(peer.state(jobId)).toMatchObject({ state: 3, power: switches.at(-1) });
      }),
      { numRuns: 40 },
    );
  });
});

describe("the table of create_job", () => {
  const widthAndHeight = (boards: [number, number, number][]) =>
    [0, 1].map((axis) => new Set(boards.map((board) => board[axis])).size).sort((a, b) => a - b);
  const big = machine("big", 12, 12);

  test("for n boards there are at least n, in a rectangle as square as min_ratio says", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, min_ratio) => {
          const peer = new Talk([big]).connect();
          const info = peer.info(peer.create([n], { min_ratio }));
          const boards = info["boards"] as [number, number, number][];
          expect(boards.length).toBeGreaterThanOrEqual(n);
          const [short, long] = widthAndHeight(boards);
          expect(boards).toHaveLength(3 * short! * long!);
          expect(short! / long!).toBeGreaterThanOrEqual(min_ratio);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("at most max_dead_boards are missing; null is any number", () => {
    fc.assert(
      fc.property(fc.nat({ max: 4 }), fc.option(fc.nat({ max: 4 })), (dead, max_dead_boards) => {
        const deadBoards = Array.from({ length: dead }, (_, x) => [x, 0, 1] as const);
        const peer = new Talk([machine("m", 4, 1, { deadBoards })]).connect();
        const jobId = peer.create([4, 1], { max_dead_boards });
        const fits = max_dead_boards === null || dead <= max_dead_boards;
        expect(peer.state(jobId)["state"]).toBe(fits ? 3 : 4);
        if (fits) expect(peer.info(jobId)["boards"]).toHaveLength(12 - dead);
      }),
    );
  });

  test("at most max_dead_links of its links are dead; null is any number", () => {
    fc.assert(
      fc.property(fc.nat({ max: 3 }), fc.option(fc.nat({ max: 3 })), (dead, max_dead_links) => {
        // Within each triad the north-east link of board 0 leads to board 1.
        const deadLinks = Array.from({ length: dead }, (_, x) => [x, 0, 0, 1] as const);
        const peer = new Talk([machine("m", 4, 1, { deadLinks })]).connect();
        const jobId = peer.create([4, 1], { max_dead_links });
        const fits = max_dead_links === null || dead <= max_dead_links;
        expect(peer.state(jobId)["state"]).toBe(fits ? 3 : 4);
      }),
    );
  });

  test("under require_torus only the whole machine will do", () => {
    const request = fc.oneof(
      fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 2 })),
      fc.integer({ min: 2, max: 24 }).map((n) => [n]),
    );
    fc.assert(
      fc.property(request, (args) => {
        const peer = new Talk().connect();
        const jobId = peer.create(args, { require_torus: true });
        const { state } = peer.state(jobId);
        const isWhole = args.length === 2 ? args[0] === 4 && args[1] === 2 : args[0]! > 21;
        if (isWhole) expect(state).toBe(3);
        if (state === 3) expect(peer.info(jobId)["boards"]).toHaveLength(24);
      }),
    );
  });

  test("a machine must have all the tags that are asked for", () => {
    const tag = fc.constantFrom("default", "big", "three", "other");
    const tagsOf: Record<string, string[]> = { m: ["default", "big"], t: ["three"] };
    fc.assert(
      fc.property(fc.uniqueArray(tag, { maxLength: 3 }), (tags) => {
        const peer = new Talk().connect();
        const jobId = peer.create([1], { tags });
        const name = peer.info(jobId)["machine_name"];
        const first = Object.keys(tagsOf).find((one) =>
          tags.every((each) => tagsOf[one]!.includes(each)),
        );
        expect(name).toBe(first ?? null);
      }),
    );
  });

  test("who is to pay is a text or a number, is listed, and changes nothing else", () => {
    const value = fc.oneof(fc.string({ maxLength: 256 }), fc.integer(), fc.constant(null));
    const payer = fc.dictionary(fc.constantFrom("group", "collab", "nmpi_job"), value);
    fc.assert(
      fc.property(payer, (kwargs) => {
        const [plain, paid] = [{}, kwargs].map((named) => {
          const peer = new Talk().connect();
          const jobId = peer.create([2], named as JsonObject);
          return [peer.state(jobId), peer.info(jobId), peer.jobs()[0]!["kwargs"]];
        });
        expect(paid).toEqual([...plain!.slice(0, 2), { ...kwargs }]);
      }),
      { numRuns: 40 },
    );
    const peer = new Talk().connect();
    for (const odd of ["x".repeat(257), true, [], {}] satisfies Json[]) {
      expect(peer.ask("create_job", [2], { owner: "me", group: odd })).toHaveProperty("exception");
    }
  });
});

test("the table of states: what is null in which", () => {
  const keepalive = fc.option(fc.integer({ min: 1, max: 100 }));
  fc.assert(
    fc.property(keepalive, fc.option(fc.string({ maxLength: 9 })), (seconds, reason) => {
      const talk = new Talk();
      const peer = talk.connect();
      const create = JSON.stringify({
        command: "create_job",
        args: [4, 2],
        kwargs: { owner: "me", keepalive: seconds },
      });
      const jobId = Number(peer.say(create, { bmps: false })["return"]);
      const state = () =>
        peer.say(JSON.stringify({ command: "get_job_state", args: [jobId] }), { bmps: false })[
          "return"
        ];
      const living = { keepalive: seconds, reason: null, start_time: expect.any(Number) };
      expect(state()).toMatchObject({ state: 2, power: true, ...living });
      talk.world.settle();
      expect(state()).toMatchObject({ state: 3, power: true, ...living });
      const waiting = peer.create([1], { keepalive: seconds });
      expect(peer.state(waiting)).toMatchObject({ state: 1, power: null, ...living });
      peer.call("power_off_job_boards", [jobId]);
      expect(state()).toMatchObject({ state: 3, power: false, ...living });
      peer.call("destroy_job", [jobId, reason]);
      const ended = { power: null, keepalive: null, start_time: null, keepalivehost: null };
      expect(state()).toEqual({ state: 4, ...ended, reason });
      expect(peer.state(99)).toEqual({ state: 0, ...ended, reason: null });
    }),
    { numRuns: 30 },
  );
});
