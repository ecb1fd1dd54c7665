/**
 * What is wrong with a configuration file, by kind; docs/reference/configuration.md lists them.
 * The sentences are made by the types of the fields (fields/, machine/) and gathered in fields/problems.ts;
 * those about the file itself are in config-loading/.
 */
export type ConfigurationErrorCode =
  /** The file is not there or cannot be read. */
  | "CONFIGURATION_UNREADABLE"
  /** The file, or one it imports, is not valid TypeScript or JavaScript. */
  | "CONFIGURATION_SYNTAX"
  /** The file's own code threw, or ran out of memory. */
  | "CONFIGURATION_THREW"
  /** The file took longer than the time limit. */
  | "CONFIGURATION_TIMEOUT"
  /** The file ended before it exported anything: process.exit(), or an await that never settles. */
  | "CONFIGURATION_ENDED"
  /** The process that evaluates files could not be started: nothing is wrong with the file. */
  | "CONFIGURATION_NOT_EVALUATED"
  /** The file exports no Configuration. */
  | "CONFIGURATION_NOT_EXPORTED"
  /** A field of the Configuration or of a Machine has a value that is not allowed. */
  | "CONFIGURATION_INVALID";

/** A configuration that cannot be used. The message is for the operator: where, what, what instead. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  readonly code: ConfigurationErrorCode;

  constructor(code: ConfigurationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
