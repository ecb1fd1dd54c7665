/** The two ways in which a request can be wrong. */

/** A line is not a request: the client is disconnected, and the message logged. */
export class ProtocolFault extends Error {
  override readonly name = "ProtocolFault";
}

/** A known command was called wrongly: the client gets the message, the connection stays. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}
