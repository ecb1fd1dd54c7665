/** How commands end that ask a running server. */
import { ExitCode } from "../host/exit-code.js";
import { NoServerError, OperatorError } from "../operator/index.js";
import { whyNoServer } from "./no-server.js";

/** Prints the text, or why there is none; returns the exit code. */
export async function answer(text: () => Promise<string>): Promise<number> {
  try {
    process.stdout.write(`${await text()}\n`);
    return ExitCode.ok;
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    const reason = error instanceof NoServerError ? await whyNoServer(error) : error.message;
    process.stderr.write(`spalloc-server: ${reason}\n`);
    return ExitCode.cannotStart;
  }
}
