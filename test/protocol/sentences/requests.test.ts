/** What docs/reference/protocol.md says of requests and their answers. */
import fc from "fast-check";
import { describe, expect } from "vitest";
import { COMMANDS } from "../../../src/protocol/commands/index.js";
import type { Json, JsonObject } from "../../../src/protocol/requests/json.js";
import { serve } from "../harness.js";
import { says } from "./document.js";
import { Talk } from "./talk.js";

const VERSION = '{"command":"version"}';
const ANSWER = { return: "1.0.0" };

describe("lines", () => {
  says(
    [
      "Each side sends JSON objects, one a line, in UTF-8, ended by `\\n`.",
      "A blank line is skipped, whether it is empty or holds spaces, tabs or a carriage return.",
    ],
    async () => {
      const blank = fc.array(fc.constantFrom(" ", "\t", "\r")).map((all) => all.join(""));
      const client = await (await serve()).connect();
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.oneof(blank, fc.constant(VERSION), fc.constant(`${VERSION}\r`))),
          async (lines) => {
            client.socket.write(lines.map((line) => `${line}\n`).join(""));
            for (const line of lines) {
              if (line.trim() !== "") expect(await client.line()).toBe(JSON.stringify(ANSWER));
            }
            expect(await client.ask("version")).toEqual(ANSWER);
          },
        ),
        { numRuns: 50 },
      );
    },
  );

  says(
    [
      "If a key is given twice, the last one counts.",
      "Other top-level keys are ignored, and so is `client` among the names.",
    ],
    () => {
      const peer = new Talk().connect();
      fc.assert(
        fc.property(
          fc.jsonValue({ maxDepth: 1 }),
          fc.constantFrom("id", "jsonrpc", ""),
          (value, key) => {
            const json = JSON.stringify(value);
            const other = `${JSON.stringify(key)}:${json}`;
            expect(peer.say(`{${other},"command":${json},"command":"version"}`)).toEqual(ANSWER);
            expect(peer.say(`{"command":"version","kwargs":{"client":${json}}}`)).toEqual(ANSWER);
            expect(peer.say(`{"command":"version","args":[1],"args":[]}`)).toEqual(ANSWER);
          },
        ),
      );
    },
  );

  says("`NaN` and `Infinity`, which some libraries write, are read, but …", () => {
    const peer = new Talk().connect();
    fc.assert(
      fc.property(
        fc.constantFrom("NaN", "Infinity", "-Infinity"),
        fc.constantFrom("keepalive", "min_ratio", "max_dead_boards", "max_dead_links", "collab"),
        (number, name) => {
          const refused = peer.say(
            `{"command":"create_job","args":[2],"kwargs":{"owner":"me","${name}":${number}}}`,
          );
          expect(Object.keys(refused)).toEqual(["exception"]);
          expect(
            peer.say(`{"command":"create_job","args":[${number}],"kwargs":{"owner":"me"}}`),
          ).toHaveProperty("exception");
          const { return: state } = peer.say(`{"command":"get_job_state","args":[${number}]}`);
          expect(state).toMatchObject({ state: 0 });
        },
      ),
    );
    expect(peer.jobs()).toEqual([]);
  });
});

describe("arguments", () => {
  says(
    [
      "A request names a command and its arguments.",
      "`args` and `kwargs` may be left out, and every parameter may be given by position or by name, with the exceptions below:",
    ],
    () => {
      const talk = new Talk();
      const peer = talk.connect();
      const jobId = peer.create();
      const values: Record<string, string | number> = {
        job_id: jobId,
        machine_name: "m",
        x: 0,
        y: 0,
        z: 0,
        reason: "r",
      };
      const byPosition = [...COMMANDS.values()].filter(
        ({ name }) => !["create_job", "where_is", "destroy_job"].includes(name),
      );
      const command = fc.constantFrom(...byPosition);
      fc.assert(
        fc.property(command, fc.nat({ max: 4 }), ({ name, parameters }, positions) => {
          const given = parameters.map((parameter) => values[parameter]!);
          const kwargs = Object.fromEntries(
            parameters.slice(positions).map((parameter) => [parameter, values[parameter]!]),
          );
          const mixed = peer.ask(name, given.slice(0, positions), kwargs);
          expect(mixed).toEqual(peer.ask(name, given));
          expect(mixed).toHaveProperty("return");
          if (parameters.length === 0) expect(peer.say(`{"command":"${name}"}`)).toEqual(mixed);
        }),
      );
      expect(peer.ask("destroy_job", [], { reason: "by name", job_id: jobId })).toEqual({
        return: null,
      });
      expect(peer.state(jobId)).toMatchObject({ reason: "by name" });
    },
  );

  says(
    [
      "A parameter that has a default may also be null, which is as if it had not been given.",
      "Only a `keepalive` of null says something of its own.",
    ],
    () => {
      const optional = [
        "machine",
        "tags",
        "min_ratio",
        "max_dead_boards",
        "max_dead_links",
        "require_torus",
        "group",
        "collab",
        "nmpi_job",
      ];
      const size = fc.constantFrom([], [1], [2], [5], [2, 1], [3, 1, 2]);
      fc.assert(
        fc.property(fc.subarray(optional), size, (names, args) => {
          const nulls = Object.fromEntries(names.map((name) => [name, null]));
          const seen = [{}, nulls].map((kwargs) => {
            const peer = new Talk().connect();
            const jobId = peer.create(args, kwargs);
            return [peer.state(jobId), peer.info(jobId)];
          });
          expect(seen[1]).toEqual(seen[0]);
        }),
        { numRuns: 40 },
      );
      const peer = new Talk().connect();
      const [forEver, minute] = [
        peer.create([], { keepalive: null }),
        peer.call("create_job", [], { owner: "me" }),
      ];
      expect(peer.state(forEver)["keepalive"]).toBeNull();
      expect(peer.state(minute)["keepalive"]).toBe(60);
    },
  );
});

describe("answers", () => {
  says(
    [
      'The answer is `{"return": value}`, or `{"exception": "text"}` if the command failed.',
      "The server sends nothing else.",
      "The connection stays open.",
      "An unknown id is not an error.",
    ],
    () => {
      const names = [...COMMANDS.values()].flatMap(({ parameters }) => parameters);
      const value = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.nat({ max: 5 }), fc.constant("m"));
      const peer = new Talk().connect();
      fc.assert(
        fc.property(
          fc.constantFrom(...COMMANDS.keys()),
          fc.array(value, { maxLength: 5 }),
          fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 3 }),
          (command, args, kwargs) => {
            const answer = peer.ask(command, args as Json[], {
              owner: "me",
              ...(kwargs as JsonObject),
            });
            const plain = peer.ask(command, args as Json[]);
            for (const one of [answer, plain]) {
              const [key, ...others] = Object.keys(one);
              expect(others).toEqual([]);
              if (key === "exception") expect(one[key]).toMatch(/./);
              else expect(key).toBe("return");
            }
          },
        ),
        { numRuns: 300 },
      );
      expect(peer.call("version")).toBe("1.0.0");
    },
  );

  says(
    [
      "The answers on one connection come in the order of its requests; there are no request ids.",
      "You may send requests without waiting for answers.",
      "Notifications may come between any two lines:",
    ],
    async () => {
      const { connect } = await serve();
      const requests = [
        {
          send: '{"command":"create_job","kwargs":{"owner":"me"}}',
          is: (value: unknown) => typeof value === "number",
        },
        {
          send: '{"command":"get_job_state","args":[1]}',
          is: (value: unknown) => (value as object) !== null && "state" in (value as object),
        },
        { send: VERSION, is: (value: unknown) => value === "1.0.0" },
        {
          send: '{"command":"list_machines"}',
          is: (value: unknown) => Array.isArray(value) && value.length === 2,
        },
      ];
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.constantFrom(...requests), { maxLength: 20 }),
          async (drawn) => {
            const client = await connect();
            await client.call("notify_job");
            client.socket.write(drawn.map(({ send }) => `${send}\n`).join(""));
            for (const { is } of drawn) {
              let line = await client.next();
              while ("jobs_changed" in line) line = await client.next();
              expect(is(line["return"])).toBe(true);
            }
            client.close();
          },
        ),
        { numRuns: 30 },
      );
    },
  );

  says(
    [
      "An answer that shows or says that something was done is sent once that is on disk, so what you were told survives a crash of the server.",
      "Later answers on the same connection wait with it; other connections do not.",
    ],
    async () => {
      const changes = fc.array(
        fc.constantFrom("create_job", "destroy_job", "power_off_job_boards"),
        { minLength: 1, maxLength: 4 },
      );
      await fc.assert(
        fc.asyncProperty(changes, async (commands) => {
          const { connect, engine } = await serve();
          const [busy, other] = [await connect(), await connect()];
          await busy.call("create_job", [], { owner: "me" });
          engine.commitsAlone = false;
          const before = engine.currentMark();
          for (const command of commands) {
            if (command === "create_job") busy.request(command, [], { owner: "me" });
            else busy.request(command, [1]);
          }
          busy.request("version");
          while (engine.currentMark() === before) await other.call("version");
          for (let n = 0; n < 5; n++) await other.call("version");
          expect(busy.unread).toEqual([]);
          while (busy.unread.length <= commands.length) {
            engine.commit();
            await other.call("version");
          }
          expect(busy.unread.at(-1)).toBe(JSON.stringify(ANSWER));
        }),
        { numRuns: 15 },
      );
      const talk = new Talk();
      const peer = talk.connect();
      const jobId = peer.create([2]);
      const told = [peer.state(jobId), peer.info(jobId)];
      talk.restart();
      const again = talk.connect();
      expect([again.state(jobId), again.info(jobId)]).toEqual(told);
    },
  );

  says(
    "A `create_job` holds up the requests behind it on its own connection until the first attempt to place the job is over.",
    async () => {
      const { connect, engine } = await serve();
      engine.attemptsAlone = false;
      const [client, other] = [await connect(), await connect()];
      client.send(`{"command":"create_job","kwargs":{"owner":"me"}}\n${VERSION}`);
      while (engine.attemptsUnderWay === 0) await other.call("version");
      for (let n = 0; n < 5; n++) expect(await other.call("version")).toBe("1.0.0");
      expect(client.unread).toEqual([]);
      engine.finishAttempts();
      expect(await client.next()).toEqual({ return: 1 });
      expect(await client.next()).toEqual(ANSWER);
    },
  );
});

describe("faults", () => {
  says(
    ["The requests before the fault are answered.", "The log says why (`client disconnected`)."],
    async () => {
      const fault = fc.constantFrom(
        "x",
        "5",
        "{}",
        '{"command":5}',
        '{"command":"other"}',
        '{"command":"version","args":null}',
        '{"command":"version","kwargs":null}',
      );
      const { connect, log } = await serve();
      await fc.assert(
        fc.asyncProperty(fc.nat({ max: 5 }), fault, async (before, bad) => {
          const client = await connect();
          const logged = log.length;
          client.send([...new Array(before).fill(VERSION), bad, VERSION].join("\n"));
          for (let n = 0; n < before; n++) expect(await client.next()).toEqual(ANSWER);
          expect(await client.line()).toBeNull();
          expect(log.slice(logged)).toMatchObject([
            {
              level: "info",
              message: "client disconnected",
              fields: { reason: expect.any(String) },
            },
          ]);
        }),
        { numRuns: 50 },
      );
    },
  );
});
