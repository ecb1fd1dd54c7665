import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ProtocolFault } from "../../src/protocol/requests/errors.js";
import { parseJson } from "../../src/protocol/requests/json.js";
import { readRequest } from "../../src/protocol/requests/request.js";

describe("reading JSON", () => {
  test("is JSON.parse for whatever is JSON", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test.each([
    ["[NaN]", [Infinity]],
    ["[Infinity,-Infinity]", [Infinity, Infinity]],
    ['{"NaN":NaN,"a":"NaN \\" Infinity"}', { NaN: Infinity, a: 'NaN " Infinity' }],
    ["1e400", Infinity],
  ])("numbers that are none are no finite ones: %s", (text, value) => {
    expect(parseJson(text)).toEqual(value);
  });

  test.each(["NaNNaN", "1NaN", "-NaN", "--Infinity", '"NaN', "[NaN", "xNaN", "NaN1"])(
    "what is no JSON even so is refused: %s",
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    },
  );

  test("texts in strings are left alone", () => {
    const piece = fc.constantFrom("NaN", "Infinity", "-Infinity", '"', "\\", "x", " ");
    fc.assert(
      fc.property(fc.array(fc.array(piece).map((p) => p.join(""))), (texts) => {
        const value = [...texts, 0];
        const json = JSON.stringify(value).replace(/0\]$/, "NaN]");
        expect(parseJson(json)).toEqual([...texts, Infinity]);
      }),
    );
  });
});

describe("reading a request", () => {
  test.each([
    ['{"command":"version"}', { command: "version", args: [], kwargs: {} }],
    ['  {"command" : "version"}  \r', { command: "version", args: [], kwargs: {} }],
    ['{"command":"a","command":"b"}', { command: "b", args: [], kwargs: {} }],
    ['{"command":"versi\\u006fn","extra":1}', { command: "version", args: [], kwargs: {} }],
    ['{"command":"c","args":[1],"kwargs":{"x":2}}', { command: "c", args: [1], kwargs: { x: 2 } }],
  ])("%s", (line, request) => {
    expect(readRequest(line)).toEqual(request);
  });

  test.each([
    "\r",
    " ",
    "\0",
    '\ufeff{"command":"version"}',
    "not json",
    "1",
    "null",
    "true",
    "[]",
    '["command"]',
    '"command"',
    "{}",
    '{"args":[]}',
    '{"command":null}',
    '{"command":1}',
    '{"command":["version"]}',
    '{"command":"version"',
    '{"command":"version"}{"command":"version"}',
    "{'command':'version'}",
    '{"command":"version","args":null}',
    '{"command":"version","args":{}}',
    '{"command":"version","kwargs":null}',
    '{"command":"version","kwargs":[]}',
    "[".repeat(100_000),
    `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
  ])("a fault, not a request: %.40s", (line) => {
    expect(() => readRequest(line)).toThrow(ProtocolFault);
  });

  test.each([
    ["[".repeat(1025), "more than 1024 lists and objects in one another"],
    [`{"command":${"[".repeat(1024)}`, "more than 1024 lists and objects in one another"],
    [`{"command":"version","args":[${"1,".repeat(10_000)}1]}`, "more than 10000 values"],
    [`{"args":[${"[],".repeat(5_000)}1]}`, "more than 10000 values"],
    [`{"a":1${',"b":1'.repeat(10_000)}}`, "more than 10000 values"],
  ])("more than is parsed is a fault: %.40s", (line, tooMuch) => {
    expect(() => readRequest(line)).toThrow(new ProtocolFault(`line has ${tooMuch}`));
  });

  test("as much as may be is a request", () => {
    const deep = `${"[".repeat(1023)}${"]".repeat(1023)}`;
    expect(readRequest(`{"command":"c","args":${deep}}`).command).toBe("c");
    const many = `{"command":"c","args":[${"1,".repeat(9_996)}1]}`;
    expect(readRequest(many).args).toHaveLength(9_997);
    const text = `{"command":"c","args":["${"[,{,".repeat(20_000)}\\"[["]}`;
    expect(readRequest(text).args).toHaveLength(1);
  });

  test("any text is a request or a fault, and nothing else", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json()), (line) => {
        try {
          expect(typeof readRequest(line).command).toBe("string");
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolFault);
        }
      }),
    );
  });
});
