/** Whether the readings of a board are in range; logged once when one is not, once when it is again. */
import type { Log } from "../../engine/contract/log.js";
import { hexWord } from "../wire/hex.js";
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

const SENSORS = ["top sensor", "bottom sensor", "sensor 3", "sensor 4"] as const;
const MAX_DEGREES = 60;
/** A fan slower than this counts as standing still. */
const MIN_RPM = 200;
/** The 1.8 V supply of a board that is off shows less. */
const MIN_VOLTS_WHEN_ON = 0.9;

/** Why a board that should be on is not, or null when it is on. */
export function whyOff({ volts, shutdowns }: BoardStatus): string | null {
  if (shutdowns !== 0) return `it has shut itself off (shutdown bits ${hexWord(shutdowns)})`;
  if (volts.volts1v8 < MIN_VOLTS_WHEN_ON) return supply1v8(volts);
  return null;
}

/** What shows that a board is on of which {@link whyOff} has nothing to say. */
export function whyOn({ volts }: BoardStatus): string {
  return supply1v8(volts);
}

function supply1v8({ volts1v8 }: BoardStatus["volts"]): string {
  return `its 1.8 V supply is at ${volts1v8.toFixed(2)} V`;
}

/** The readings that are out of range, by name, and how far. */
function readingsOutOfRange(status: BoardStatus): ReadonlyMap<string, string> {
  const outOfRange = new Map<string, string>();
  const isOn = status.volts.volts1v8 >= MIN_VOLTS_WHEN_ON;
  for (const { supply, name, from, to } of SUPPLIES) {
    const volts = status.volts[supply];
    if (!isOn && supply !== "volts12") continue;
    if (volts < from || volts > to) {
      outOfRange.set(
        `supply ${name}`,
        `is ${volts.toFixed(2)} V, limits ${from} and ${to} V: check the power supply`,
      );
    }
  }
  const temperatures = [
    ...status.boardTemperatures.map(
      (degrees, i) => [`temperature (${SENSORS[i]})`, degrees] as const,
    ),
    ...status.externalTemperatures.map(
      (degrees, i) => [`external temperature (sensor ${i + 1})`, degrees] as const,
    ),
  ];
  for (const [name, degrees] of temperatures) {
    if (degrees === null || degrees <= MAX_DEGREES) continue;
    outOfRange.set(name, `is ${degrees.toFixed(1)} °C, limit ${MAX_DEGREES} °C: check the cooling`);
  }
  status.fanSpeeds.forEach((rpm, i) => {
    if (rpm === null || rpm >= MIN_RPM) return;
    outOfRange.set(`fan ${i + 1}`, `is at ${rpm} rpm, minimum ${MIN_RPM} rpm: check the fan`);
  });
  if (status.warnings !== 0) outOfRange.set("warning bits", `are ${hexWord(status.warnings)}`);
  if (status.shutdowns !== 0) outOfRange.set("shutdown bits", `are ${hexWord(status.shutdowns)}`);
  return outOfRange;
}

export class HealthLog {
  readonly #log: Log;
  /** By board and reading: since when it has been out of range, Unix milliseconds. */
  readonly #since = new Map<string, Map<string, number>>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** @param board its name */
  report(board: string, status: BoardStatus): void {
    const outOfRange = readingsOutOfRange(status);
    const since = this.#since.get(board) ?? new Map<string, number>();
    this.#since.set(board, since);
    for (const [reading, problem] of outOfRange) {
      if (since.has(reading)) continue;
      since.set(reading, Date.now());
      this.#log.warn({ board, reading }, `${board}: ${reading} ${problem}`);
    }
    for (const [reading, from] of since) {
      if (outOfRange.has(reading)) continue;
      since.delete(reading);
      const seconds = Math.round((Date.now() - from) / 1000);
      this.#log.info({ board, reading }, `${board}: ${reading} back to normal after ${seconds} s`);
    }
  }
}
