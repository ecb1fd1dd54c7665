/**
 * Entry point of the config process: evaluates one configuration file and says what came of it. The
 * server ends it then.
 */
import { answer, type Evaluation, sayBegun } from "../src/config-loading/answer.js";
import { evaluate, explain } from "../src/config-loading/evaluation.js";

const path = process.argv[2]!;
let isAnswered = false;
/** What the file printed goes first: the server ends this process as soon as it has its answer. */
async function answerOnce(evaluation: Evaluation): Promise<void> {
  if (isAnswered) return;
  isAnswered = true;
  for (const output of [process.stdout, process.stderr]) {
    await new Promise((written) => output.write("", written));
  }
  answer(evaluation);
}

process.on("uncaughtException", (error: unknown) => {
  void answerOnce({ ok: false, ...explain(error, path) });
});
// Nothing is left that could go on, as for an `await` that nobody settles.
process.on("beforeExit", () => {
  const message = `${path}: it ended before it exported a configuration: it awaits something that never happens`;
  void answerOnce({ ok: false, code: "CONFIGURATION_ENDED", message });
});

sayBegun();
// No `await`: Node would complain of one that never settles.
void evaluate(path).then(answerOnce);
