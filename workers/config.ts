/** Evaluates one configuration file in this thread and sends back what it describes. */
import { parentPort, workerData } from "node:worker_threads";
import { evaluate } from "../src/config-loading/evaluation.js";

const evaluation = await evaluate(workerData);
// The thread is stopped once it has answered, so what the file printed goes first.
for (const output of [process.stdout, process.stderr]) {
  await new Promise((written) => output.write("", written));
}
parentPort?.postMessage(evaluation);
