/** The two ways in which a request can be wrong. */
import type { LineFault } from "../../json/index.js";

/** A line is not a request: the client is disconnected, and the message logged. */
export class ProtocolFault extends Error {
  override readonly name = "ProtocolFault";
}

/** A known command was called wrongly: the client gets the message, the connection stays. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** What ends a stream of lines, in words; null for none. */
export function faultOf(fault: LineFault | null, lineBytes: number): ProtocolFault | null {
  if (fault === null) return null;
  return new ProtocolFault(
    fault === "too long"
      ? `line longer than ${lineBytes} bytes (clientLimits.lineBytes)`
      : "line is not valid UTF-8",
  );
}
