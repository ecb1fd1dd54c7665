/** Entry point of the config worker: evaluates one configuration file and sends back its description. */
import { parentPort, workerData } from "node:worker_threads";
import { evaluate } from "../src/config-loading/evaluation.js";

const evaluation = await evaluate(workerData);
// The thread is stopped once it has answered, so whatever the file printed is flushed first.
for (const output of [process.stdout, process.stderr]) {
  await new Promise((written) => output.write("", written));
}
parentPort?.postMessage(evaluation);
