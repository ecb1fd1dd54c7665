/** The server's log: for people on a terminal, JSON lines for programs, on stderr. */
import { fstatSync } from "node:fs";
import { isatty } from "node:tty";
import { type Logger, type LoggerOptions, pino } from "pino";
import { LogOutput } from "./log-output.js";
import { visibleFields, visibleJson } from "./visible-lines.js";

export type LogFormat = "pretty" | "json";

export interface LogOptions {
  readonly quiet: boolean;
  readonly format: LogFormat;
}

export interface ServerLog {
  readonly log: Logger;
  /** Says something on stdout, as a line for people or in the form of the log. */
  readonly announce: (text: string) => void;
  /** Resolves when all lines are out, or soon: a reader that takes nothing is not waited for. */
  readonly drained: () => Promise<void>;
}

const STDOUT = 1;
const STDERR = 2;
/** For which lines are waited when the process ends in order. */
const DRAIN_MS = 500;

/** Severities of RFC 5424 and their keywords, as syslog and `journalctl -p` know them. */
const SEVERITIES: Readonly<Record<string, readonly [severity: number, keyword: string]>> = {
  fatal: [2, "crit"],
  error: [3, "err"],
  warn: [4, "warning"],
  info: [6, "info"],
  debug: [7, "debug"],
  trace: [7, "debug"],
};

/** `quiet` leaves only errors. */
export async function createLog({ quiet, format }: LogOptions): Promise<ServerLog> {
  const formatted = format === "json" ? jsonFor(STDERR) : await prettyLine();
  const output = new LogOutput(STDERR, {
    droppedLine: (lines) =>
      formatted(lineOf(format, (note) => note.warn({ dropped: lines }, droppedText(lines)))),
  });
  process.once("exit", () => output.flush());
  const log = pino(pinoOptions(quiet, format), { write: (line) => output.write(formatted(line)) });
  return {
    log,
    announce(text) {
      const stdout = new LogOutput(STDOUT, { droppedLine: () => "" });
      const mark = jsonFor(STDOUT);
      const isJson = format === "json";
      stdout.write(
        isJson ? mark(lineOf(format, (note) => note.info(text))) : `${visibleJson(text)}\n`,
      );
    },
    drained: () => output.drained(DRAIN_MS),
  };
}

function droppedText(lines: number): string {
  const what = lines === 1 ? "1 line of this log is" : `${lines} lines of this log are`;
  return `${what} missing here: they could not be written in time, because nobody read them or the disk was full`;
}

/** A line that is not the log's own. */
function lineOf(format: LogFormat, say: (note: Logger) => void): string {
  let line = "";
  const write = (text: string) => {
    line = text;
  };
  say(pino(pinoOptions(false, format), { write }));
  return line;
}

function pinoOptions(quiet: boolean, format: LogFormat): LoggerOptions {
  const options: LoggerOptions = { level: quiet ? "error" : "info", base: null };
  if (format === "pretty") return options;
  return {
    ...options,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level(label) {
        const [severity, level] = SEVERITIES[label]!;
        return { severity, level };
      },
    },
  };
}

/** Where {@link pinoOptions} put the severity of a JSON line. */
const SEVERITY_OF_LINE = /^\{"severity":(\d)/;

/**
 * JSON lines for an output. The journal of systemd takes the severity from a mark in front of a line, which it removes; of what
 * is in the line it knows nothing. systemd tells a service that its output is the journal by
 * JOURNAL_STREAM, "device:inode".
 */
function jsonFor(fd: number): (line: string) => string {
  const { dev, ino } = fstatSync(fd);
  if (process.env["JOURNAL_STREAM"] !== `${dev}:${ino}`) return visibleJson;
  return (line) =>
    `<${SEVERITY_OF_LINE.exec(line)?.[1] ?? SEVERITIES["info"]![0]}>${visibleJson(line)}`;
}

/** Loaded for people only: it takes longer than the rest of a log. */
async function prettyLine(): Promise<(line: string) => string> {
  const { prettyFactory } = await import("pino-pretty");
  const pretty = prettyFactory({
    colorize: isatty(STDERR),
    translateTime: "SYS:yyyy-mm-dd HH:MM:ss.l",
    ignore: "pid,hostname",
    singleLine: true,
  });
  return (line) => pretty(visibleFields(line));
}
