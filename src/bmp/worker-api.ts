/** What passes between the main thread and the BMP worker: batches both ways, one per turn. */
import type {
  BmpObservation,
  BmpTimes,
  PowerOrder,
  PowerOutcome,
} from "../engine/contract/ports.js";
import type { LayoutMessage } from "./frames/machine-layout.js";

/** A call of the BmpPort. */
export type BmpCall =
  | {
      readonly call: "addMachine";
      readonly machineId: number;
      readonly machine: LayoutMessage;
    }
  | { readonly call: "removeMachine"; readonly machineId: number }
  | { readonly call: "submit"; readonly order: PowerOrder }
  | { readonly call: "setTimes"; readonly times: BmpTimes }
  | { readonly call: "finish"; readonly sealAfterMs: number };

export type LogLevel = "debug" | "info" | "warn" | "error";

export type BmpEvent =
  | { readonly event: "outcome"; readonly outcome: PowerOutcome }
  | { readonly event: "observation"; readonly observation: BmpObservation }
  /** The work has ended as `finish` asked. */
  | { readonly event: "finished" }
  | {
      readonly event: "log";
      readonly level: LogLevel;
      readonly fields: object;
      readonly message: string;
    };

export interface BmpWorkerApi {
  /** To be called first, once: where events go. */
  listen(listener: (events: readonly BmpEvent[]) => void): void;
  /** Carries out calls in order. */
  apply(calls: readonly BmpCall[]): void;
  /** Ends the worker; is never answered. */
  end(): void;
}
