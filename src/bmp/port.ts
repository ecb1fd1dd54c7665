/** The main thread's end of the BMP worker. */
import { Worker } from "node:worker_threads";
import { proxy, wrap } from "comlink";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import type { Log } from "../engine/contract/log.js";
import type { BmpObservation, BmpPort, PowerOutcome } from "../engine/contract/ports.js";
import { encodeLayout } from "./frames/machine-layout.js";
import type { BmpServiceOptions } from "./service.js";
import { TurnBatch } from "./turn-batch.js";
import type { BmpCall, BmpEvent, BmpWorkerApi } from "./worker-api.js";

export interface BmpWorkerOptions extends BmpServiceOptions {
  readonly log: Log;
  /** Called once per order, in a later turn. */
  readonly onOutcome: (outcome: PowerOutcome) => void;
  /** Called in a later turn. */
  readonly onObservation: (observation: BmpObservation) => void;
  /**
   * The worker has died: outcomes of orders under way will never come. Called at most once, and
   * never after {@link BmpWorker.stop}.
   */
  readonly onError: (error: Error) => void;
}

/** A worker that has not ended itself by then hangs. */
const END_MS = 2000;

export interface BmpWorker extends BmpPort {
  /** Resolves when no order is under way; rejects when the worker has died. */
  drained(): Promise<void>;
  /**
   * Lets what runs go on, begins nothing else, and sends nothing more after that time. Resolves when
   * nothing is under way any more, and all outcomes that there are were reported; or when the worker
   * has died. To be called once.
   */
  finish(sealAfterMs: number): Promise<void>;
  /**
   * From this moment on no packet is sent, whatever the worker is at; its orders have no outcome then. For a
   * server whose BMPs are another's.
   */
  halt(): void;
  /** Ends the worker at once; there are no more outcomes after that. To be awaited before the process ends. */
  stop(): Promise<void>;
}

/**
 * Starts the worker. It can be used at once. An order for a machine that was never added is a mistake
 * of the caller; it is reported like the death of the worker.
 */
export function startBmpWorker({
  log,
  onOutcome,
  onObservation,
  onError,
  ...serviceOptions
}: BmpWorkerOptions): BmpWorker {
  const halt = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(new URL("../../workers/bmp.js", import.meta.url), {
    name: "bmp",
    workerData: { ...serviceOptions, halt } satisfies BmpServiceOptions,
  });
  const api = wrap<BmpWorkerApi>(nodeEndpoint(worker));
  const underWay = new Set<number>();
  const drainWaiters: { resolve: () => void; reject: (error: Error) => void }[] = [];
  let finished = () => {};
  const finishing = new Promise<void>((resolve) => {
    finished = resolve;
  });
  let crashed: Error | null = null;
  let stopped = false;

  const crash = (error: Error) => {
    if (stopped || crashed !== null) return;
    crashed = error;
    for (const { reject } of drainWaiters.splice(0)) reject(error);
    finished();
    onError(error);
  };
  worker.on("error", (error: unknown) => crash(asError(error)));
  const ended = new Promise<void>((resolve) => {
    worker.on("exit", (code) => {
      crash(new Error(`the BMP worker ended unexpectedly, with exit code ${code}`));
      resolve();
    });
  });

  const receive = (event: BmpEvent) => {
    if (stopped) return;
    if (event.event === "log") {
      log[event.level](event.fields, event.message);
      return;
    }
    if (event.event === "finished") {
      finished();
      return;
    }
    if (event.event === "observation") {
      onObservation(event.observation);
      return;
    }
    underWay.delete(event.outcome.orderId);
    onOutcome(event.outcome);
    if (underWay.size === 0) for (const { resolve } of drainWaiters.splice(0)) resolve();
  };
  // In a turn of its own, so that what the listener throws is an error here and not sent to the worker.
  const listener = proxy((events: readonly BmpEvent[]) => {
    setImmediate(() => {
      for (const event of events) receive(event);
    });
  });
  api.listen(listener).catch((error: unknown) => crash(asError(error)));

  const calls = new TurnBatch<BmpCall>((batch) => {
    if (crashed !== null || stopped) return;
    api.apply(batch).catch((error: unknown) => crash(asError(error)));
  });

  return {
    addMachine: (machineId, machine) =>
      calls.add({ call: "addMachine", machineId, machine: encodeLayout(machine) }),
    removeMachine: (machineId) => calls.add({ call: "removeMachine", machineId }),
    setTimes: (times) => calls.add({ call: "setTimes", times }),
    submit(order) {
      underWay.add(order.orderId);
      calls.add({ call: "submit", order });
    },
    drained() {
      if (crashed !== null) return Promise.reject(crashed);
      if (underWay.size === 0) return Promise.resolve();
      return new Promise((resolve, reject) => {
        drainWaiters.push({ resolve, reject });
      });
    },
    finish(sealAfterMs) {
      calls.add({ call: "finish", sealAfterMs });
      return finishing;
    },
    halt() {
      Atomics.store(halt, 0, 1);
    },
    async stop() {
      stopped = true;
      if (crashed !== null) return;
      // It ends itself: one that is ended from outside while a packet arrives can take the process with it.
      void api.end();
      const late = setTimeout(() => void worker.terminate(), END_MS);
      await ended;
      clearTimeout(late);
    },
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
