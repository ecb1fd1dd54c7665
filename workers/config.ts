/** Evaluates one configuration file in this thread and sends back what it describes. */
import { parentPort, workerData } from "node:worker_threads";
import { evaluate } from "../src/config/evaluate.js";

parentPort?.postMessage(await evaluate(workerData));
