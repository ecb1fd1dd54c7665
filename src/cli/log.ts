/** The server's log: for people on a terminal, JSON lines for machines, always on stderr. */
import { pino } from "pino";
import pretty from "pino-pretty";

export type LogFormat = "pretty" | "json";

/** A pino logger; `quiet` leaves only errors. */
export function createLog({ quiet, format }: { quiet: boolean; format: LogFormat }): pino.Logger {
  const options: pino.LoggerOptions = { level: quiet ? "error" : "info", base: null };
  if (format === "json") {
    return pino(
      { ...options, timestamp: pino.stdTimeFunctions.isoTime },
      pino.destination({ dest: 2, sync: true }),
    );
  }
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
