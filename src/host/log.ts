/** The server's log: for people on a terminal, JSON lines for machines, always on stderr. */
import { pino } from "pino";

export type LogFormat = "pretty" | "json";

export interface LogOptions {
  readonly quiet: boolean;
  readonly format: LogFormat;
}

/** A pino logger; `quiet` leaves only errors. */
export async function createLog({ quiet, format }: LogOptions): Promise<pino.Logger> {
  const options: pino.LoggerOptions = { level: quiet ? "error" : "info", base: null };
  if (format === "json") {
    return pino(
      { ...options, timestamp: pino.stdTimeFunctions.isoTime },
      pino.destination({ dest: 2, sync: true }),
    );
  }
  // Loaded for people only: it takes longer than the rest of a log.
  const { default: pretty } = await import("pino-pretty");
  const stream = pretty({
    destination: 2,
    sync: true,
    colorize: process.stderr.isTTY === true,
    translateTime: "SYS:yyyy-mm-dd HH:MM:ss.l",
    ignore: "pid,hostname",
    singleLine: true,
  });
  return pino(options, stream);
}
