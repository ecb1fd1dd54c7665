/** The two ways in which a request can be wrong. */

/** The byte stream is no protocol of ours: the client is disconnected, and the message logged. */
export class ProtocolFault extends Error {
  override readonly name = "ProtocolFault";
}

/** A known command was called wrongly: the client is told the message, the connection stays. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}
