/** Whether the status of a board is as it should be; told once when it is not, once when it is again. */
import type { Log } from "../../engine/contract/log.js";
import type { BoardStatus } from "../wire/status.js";

/** Volts within which each supply of a powered board should be: its nominal value ± 8 %. */
const SUPPLIES = [
  { supply: "volts1v2a", name: "1.2 V a", from: 1.1, to: 1.3 },
  { supply: "volts1v2b", name: "1.2 V b", from: 1.1, to: 1.3 },
  { supply: "volts1v2c", name: "1.2 V c", from: 1.1, to: 1.3 },
  { supply: "volts1v8", name: "1.8 V", from: 1.66, to: 1.94 },
  { supply: "volts3v3", name: "3.3 V", from: 3.04, to: 3.56 },
  { supply: "volts12", name: "12 V", from: 11, to: 13 },
] as const;

const SENSORS = ["top", "bottom", "third", "fourth"] as const;
const MOST_DEGREES = 60;
/** Slower than this a fan counts as standing still. */
const LEAST_RPM = 200;
/** The 1.8 V supply of a board that is off shows less. */
const LEAST_VOLTS_WHEN_ON = 0.9;

/** Why a board that should be on is not, or null when it is on. */
export function reasonOff({ volts, shutdowns }: BoardStatus): string | null {
  if (shutdowns !== 0) return `it has shut itself off (${bits(shutdowns)})`;
  if (volts.volts1v8 < LEAST_VOLTS_WHEN_ON)
    return `it is off (1.8 V: ${volts.volts1v8.toFixed(2)} V)`;
  return null;
}

/** What is wrong with it, each under a name of its own. */
function complaintsOf(status: BoardStatus): ReadonlyMap<string, string> {
  const complaints = new Map<string, string>();
  const isOn = status.volts.volts1v8 >= LEAST_VOLTS_WHEN_ON;
  for (const { supply, name, from, to } of SUPPLIES) {
    const volts = status.volts[supply];
    if (!isOn && supply !== "volts12") continue;
    if (volts < from || volts > to) {
      complaints.set(name, `is ${volts.toFixed(2)} V, not from ${from} to ${to} V`);
    }
  }
  const temperatures = [
    ...status.boardTemperatures.map(
      (degrees, i) => [`temperature ${SENSORS[i]}`, degrees] as const,
    ),
    ...status.externalTemperatures.map(
      (degrees, i) => [`external temperature ${i + 1}`, degrees] as const,
    ),
  ];
  for (const [name, degrees] of temperatures) {
    if (degrees === null || degrees <= MOST_DEGREES) continue;
    complaints.set(name, `is ${degrees.toFixed(1)} °C, more than ${MOST_DEGREES} °C`);
  }
  status.fanSpeeds.forEach((rpm, i) => {
    if (rpm !== null && rpm < LEAST_RPM) complaints.set(`fan ${i + 1}`, `turns at ${rpm} rpm`);
  });
  if (status.warnings !== 0) complaints.set("warning bits", `are ${bits(status.warnings)}`);
  if (status.shutdowns !== 0) complaints.set("shutdown bits", `are ${bits(status.shutdowns)}`);
  return complaints;
}

function bits(word: number): string {
  return `0x${word.toString(16).padStart(8, "0")}`;
}

export class HealthLog {
  readonly #log: Log;
  /** When each complaint about each board began, Unix milliseconds. */
  readonly #since = new Map<string, Map<string, number>>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** @param board for a person, and always the same for the same board */
  note(board: string, status: BoardStatus): void {
    const complaints = complaintsOf(status);
    const since = this.#since.get(board) ?? new Map<string, number>();
    this.#since.set(board, since);
    for (const [what, problem] of complaints) {
      if (since.has(what)) continue;
      since.set(what, Date.now());
      this.#log.warn({ board, what }, `${board}: ${what} ${problem}`);
    }
    for (const [what, from] of since) {
      if (complaints.has(what)) continue;
      since.delete(what);
      const seconds = Math.round((Date.now() - from) / 1000);
      this.#log.info({ board, what }, `${board}: ${what} is well again, after ${seconds} s`);
    }
  }
}
