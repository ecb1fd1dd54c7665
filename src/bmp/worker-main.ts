/** The inside of the BMP worker: a {@link BmpService} that is called by and reports to its parent. */
import { parentPort, workerData } from "node:worker_threads";
import { expose } from "comlink";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import type { Log } from "../engine/contract/log.js";
import { decodeLayout } from "./frames/machine-layout.js";
import { BmpService, type BmpServiceOptions } from "./service.js";
import { TurnBatch } from "./turn-batch.js";
import type { BmpCall, BmpEvent, BmpWorkerApi, LogLevel } from "./worker-api.js";

/** To be called once, in a worker thread whose workerData is {@link BmpServiceOptions}. */
export function serveBmpWorker(): void {
  if (parentPort === null) throw new Error("the BMP worker can only run in a worker thread");
  const options: BmpServiceOptions = workerData;
  let deliver: (events: readonly BmpEvent[]) => void = () => {
    throw new Error("the BMP worker has events before anyone listens");
  };
  const events = new TurnBatch<BmpEvent>((batch) => deliver(batch));
  const service = new BmpService(options, forwardingLog(events), {
    onOutcome: (outcome) => events.add({ event: "outcome", outcome }),
    onObservation: (observation) => events.add({ event: "observation", observation }),
  });
  const api: BmpWorkerApi = {
    listen(listener) {
      deliver = listener;
    },
    apply(calls) {
      for (const call of calls) applyCall(service, call, events);
    },
    // In a worker, this ends its thread.
    end: () => process.exit(),
  };
  expose(api, nodeEndpoint(parentPort));
}

function applyCall(service: BmpService, call: BmpCall, events: TurnBatch<BmpEvent>): void {
  switch (call.call) {
    case "addMachine":
      service.addMachine(call.machineId, decodeLayout(call.machine));
      break;
    case "removeMachine":
      service.removeMachine(call.machineId);
      break;
    case "submit":
      service.submit(call.order);
      break;
    case "setTimes":
      service.setTimes(call.times);
      break;
    case "finish":
      service.finish(call.sealAfterMs, () => events.add({ event: "finished" }));
      break;
  }
}

function forwardingLog(events: TurnBatch<BmpEvent>): Log {
  const at = (level: LogLevel) => (fields: object, message: string) =>
    events.add({ event: "log", level, fields, message });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
