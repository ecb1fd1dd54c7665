/**
 * What is printed by code that knows nothing of the log: a configuration, libraries, Node itself. It
 * becomes lines of the log, so that whoever reads that meets one form only.
 */
import { format } from "node:util";
import type { Logger } from "pino";
import type { Printed } from "../../config-loading/load.js";

/** Has the log take what this thread prints by `console`, and the warnings of Node. */
export function logForeignLines(log: Logger): void {
  const to = (level: "info" | "warn" | "error") => {
    return (...values: unknown[]) => log[level]({ source: "console" }, format(...values));
  };
  console.log = to("info");
  console.info = to("info");
  console.debug = to("info");
  console.warn = to("warn");
  console.error = to("error");
  console.trace = to("error");
  // Node's own listener prints them.
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    log.warn({ source: "node", warning: warning.name }, `${warning.name}: ${warning.message}`);
  });
}

/** Takes what a configuration prints. */
export function printedByConfiguration(log: Logger, configFile: string): Printed {
  return (line, output) => {
    const level = output === "stderr" ? "warn" : "info";
    log[level]({ source: configFile }, `the configuration printed: ${line}`);
  };
}
