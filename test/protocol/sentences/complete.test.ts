/** Every sentence of docs/reference/protocol.md that says what happens has a test. */
import { describe, expect, test } from "vitest";
import { filesUnder, read } from "../../prose/files.js";
import { texts } from "../../prose/typescript.js";
import { SENTENCES, sentenceOf, sentencesOf } from "./document.js";

/** Advice, and what stands above or beside a table or an example. */
const SAYING_NOTHING = [
  "TCP, port 22244 unless configured otherwise.",
  "What an answer promises.",
  "Pipelining.",
  "Job ids.",
  "Keepalive.",
  "`list_jobs`:",
  "`list_machines`:",
  "The texts are for people and may change; `…` stands for what was given or wanted.",
  "Ordinary clients never reach them.",
  "[Limits](../operating/limits.md) says how they count, what memory they come to, and how to raise them.",
  "A host is an IP address.",
  "Each connection is an open file.",
  "For figures, see [performance](../internals/performance.md#protocol).",
];

/** Sentences with a test elsewhere, whose title is given. */
const TESTED_ELSEWHERE: readonly (readonly [sentence: string, file: string, title: string])[] = [
  [
    "A connection of which you have closed only your side is not gone.",
    "test/protocol/unwritten-answers.test.ts",
    "lives, though the client has closed its side and goes on reading",
  ],
  [
    '`{"state", "power", "keepalive", "reason", "start_time", "keepalivehost"}`',
    "test/protocol/commands.test.ts",
    "is announced from its creation to its end",
  ],
  [
    "A client that has stopped reading gets everything that changed meanwhile in one line when it reads again.",
    "test/protocol/notifications.test.ts",
    "of a client that does not read merge, and none is lost",
  ],
  [
    "Those with a name are set in the [configuration](configuration.md), and a reload applies them at once:",
    "test/protocol/connection.test.ts",
    "limits of a reload hold for those who are connected as well",
  ],
];

/** Figures of the system and of this program, which are measured and not promised. */
const MEASURED = [
  "A waiting notification counts as 32 bytes for each id.",
  "If the system allows fewer open files (`ulimit -n`, `LimitNOFILE=`), the server accepts 256 connections fewer than that, and says so in the log when it starts.",
  "An idle connection takes 3 to 4 KiB of memory.",
  "If a client vanishes without closing its connection while something is being sent to it, TCP gives up, on Linux after about a quarter of an hour.",
];

const tested = new Set(
  filesUnder("test/protocol/sentences")
    .filter((path) => path.endsWith(".test.ts"))
    .flatMap((path) => texts(read(path)).map(({ text }) => sentenceOf(text))),
);

describe("the document of the protocol", () => {
  test.each(SENTENCES)("%s", (sentence) => {
    expect(tested).toContain(sentence);
  });

  const listed = [...SAYING_NOTHING, ...MEASURED, ...TESTED_ELSEWHERE.map(([one]) => one)];
  test.each(listed)("still says: %s", (sentence) => {
    expect(SENTENCES).toContain(sentence);
  });

  test.each(TESTED_ELSEWHERE)("%s %s: %s", (_sentence, file, title) => {
    expect(read(file)).toContain(title);
  });
});

test("a document is read sentence by sentence, without its tables, headings and examples", () => {
  const markdown = [
    "# A. Title",
    "One `a. B` goes\non. **Two** is: It.",
    "| a. | B. |",
    "- First.\n- Second. Third",
    "```\nNo. No.\n```",
  ].join("\n\n");
  const sentences = ["One `a. B` goes on.", "Two is:", "It.", "First.", "Second.", "Third"];
  expect(sentencesOf(markdown)).toEqual(sentences);
});
