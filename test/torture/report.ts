/** What a torture run is told, and what it tells. */
import type { Step } from "./steps.js";

export interface TortureOptions {
  readonly kills: number;
  readonly seed: number;
  readonly users: number;
  /** How long the power-on of boards takes. */
  readonly powerOnMs: number;
  progress(text: string): void;
}

export interface TortureReport {
  readonly kills: number;
  readonly seed: number;
  /** Kills by what the server was doing. */
  readonly moments: Readonly<Record<Moment, number>>;
  /** Kills in which some BMP was at that step; in one kill the BMPs may be at several. */
  readonly steps: Readonly<Record<Step, number>>;
  readonly jobs: number;
  readonly checks: number;
  readonly pauses: number;
  /** Requests that a BMP got while it was busy with one of a server that was killed. */
  readonly overlaps: number;
  readonly slowestStartMs: number;
  readonly seconds: number;
  readonly violations: readonly string[];
}

/** What the server was doing when it was killed; "step": a BMP was at a step that was waited for. */
export type Moment = "use" | "step" | "start" | "reload" | "stop";
