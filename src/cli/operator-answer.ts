/** How commands end that ask a running server. */
import { ExitCode } from "../host/exit-code.js";
import { print, printError } from "../host/print.js";
import { NoServerError, OperatorError } from "../operator/index.js";
import { whyNoServer } from "./no-server.js";

/** Prints the text, or why there is none; returns the exit code. */
export async function answer(text: () => Promise<string>): Promise<number> {
  try {
    print(await text());
    return ExitCode.ok;
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    const reason = error instanceof NoServerError ? await whyNoServer(error) : error.message;
    printError(`spalloc-server: ${reason}`);
    return ExitCode.cannotStart;
  }
}
