/** Why a state cannot be used, or no longer. Each error has a code, listed in docs/reference/errors.md. */

export type StateErrorCode =
  /** The directory cannot be made, read or written. */
  | "STATE_DIRECTORY"
  /** Another server has it open. */
  | "STATE_IN_USE"
  /** It was open here, and another server has it now. */
  | "STATE_LOST"
  /** The database file is damaged. */
  | "STATE_DAMAGED"
  /** One row of it is damaged. */
  | "STATE_RECORD_DAMAGED"
  /** Written by newer software in a form that this one cannot read. */
  | "STATE_NEWER"
  /** Closed while something could not be written. */
  | "STATE_NOT_SAVED";

export class StateError extends Error {
  override readonly name: string = "StateError";

  constructor(
    readonly code: StateErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The process that has a state open. */
export interface StateHolder {
  readonly pid: number;
  readonly host: string;
  /** Unix milliseconds. */
  readonly sinceMs: number;
}

function inWords({ pid, host, sinceMs }: StateHolder): string {
  return `process ${pid} on ${host}, since ${new Date(sinceMs).toISOString()}`;
}

export class StateInUseError extends StateError {
  override readonly name = "StateInUseError";

  /** `holder`: null when it is not known who it is. */
  constructor(
    readonly directory: string,
    readonly holder: StateHolder | null,
    readonly seen: HolderSeen,
  ) {
    super(
      "STATE_IN_USE",
      `The state directory ${directory} ${IN_USE[seen](holder === null ? "" : ` (${inWords(holder)})`)}`,
    );
  }
}

/**
 * What is seen of a holder: that it lives; that it lives, and does not answer; that somebody writes;
 * not even whether it lives; or that it is, or was, on another computer.
 */
type HolderSeen = "alive" | "noAnswer" | "writing" | "unknown" | "elsewhere";

const IN_USE: Record<HolderSeen, (holder: string) => string> = {
  alive: (holder) =>
    `is in use by another server${holder}. Stop that one first, or give this one a state directory of its own.`,
  noAnswer: (holder) =>
    `is in use by another server${holder}, which does not answer: it may be stopped or stuck. End that process first, or give this server a state directory of its own.`,
  writing: (holder) =>
    `is in use: another process${holder} keeps writing to it, perhaps a server of an older version. Stop that one first.`,
  elsewhere: (holder) =>
    `was left open by another server${holder}, on another computer or under another name of this one, and from here it cannot be seen whether that one still runs. If it does, stop it there, or give this server a state directory of its own, on a local disk. If it does not, start once with --break-lock; a container keeps its state through a restart of its computer if it has a fixed host name.`,
  unknown: (holder) =>
    `was left open by another server${holder}, and from here it cannot be seen whether that one still runs. If it does not, start once with --break-lock.`,
};

/** The store that throws it is lost: see src/engine/contract/store-port.ts. */
export class StateLostError extends StateError {
  override readonly name = "StateLostError";

  /** `holder`: null when nobody holds what is in the directory now. */
  constructor(
    readonly directory: string,
    readonly holder: StateHolder | null,
  ) {
    super(
      "STATE_LOST",
      holder === null
        ? `The state directory ${directory} was removed, or replaced by another one, while this server had it open. This server exits. Put the right directory in its place and start again.`
        : `The state directory ${directory} was taken over by another server (${inWords(holder)}) while this one had it open. This server exits and the other one goes on; if this is the one that should run, stop the other and start this one again.`,
    );
  }
}

export class DamagedStateError extends StateError {
  override readonly name = "DamagedStateError";

  constructor(
    readonly file: string,
    readonly damage: string,
    options: ErrorOptions = {},
  ) {
    super(
      "STATE_DAMAGED",
      `The state file ${file} is damaged: ${damage}. It was left as it is. Restore the directory from a backup, or move it away to start with an empty state (job ids then start again at 1).`,
      options,
    );
  }
}

/** A row that is not what was written; table and key as operators are told them. */
export interface DamagedRecord {
  readonly table: string;
  readonly keyText: string;
  readonly problem: string;
}

export class DamagedRecordError extends StateError {
  override readonly name = "DamagedRecordError";

  constructor(
    readonly file: string,
    readonly records: readonly DamagedRecord[],
  ) {
    const list = records
      .slice(0, LISTED_RECORDS)
      .map(({ table, keyText, problem }) => `record ${keyText} of table ${table}: ${problem}`);
    const more = records.length - list.length;
    if (more > 0) list.push(`and ${more} more`);
    super(
      "STATE_RECORD_DAMAGED",
      `The state file ${file} holds ${records.length} damaged ${records.length === 1 ? "record" : "records"}, and of at least one table none that can be read: ${list.join("; ")}. That is more than single records, so it was left as it is. If another version of the server ran on it before, start that one. Otherwise restore the directory from a backup, or start once with --salvage to go on without them (they are kept in the state), or with --cold-start to go on without any job.`,
    );
  }
}

/** So many damaged records are named in a message; the log names every one. */
const LISTED_RECORDS = 5;

export class NewerStateError extends StateError {
  override readonly name = "NewerStateError";

  constructor(directory: string, saved: { version: number; breaking: number }, readable: number) {
    super(
      "STATE_NEWER",
      `The state in ${directory} was written by a newer version of this server (schema ${saved.version}, readable from schema ${saved.breaking} on; this one reads up to ${readable}). Start the newer version again, or use another state directory.`,
    );
  }
}
