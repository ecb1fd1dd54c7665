/** What the server answers to each command; docs/reference/protocol.md says what it means. */

export const JobState = { unknown: 0, queued: 1, power: 2, ready: 3, destroyed: 4 } as const;
export type JobState = (typeof JobState)[keyof typeof JobState];

/** The name of a state, as documents and messages use it. */
export function stateName(state: JobState): keyof typeof JobState {
  const names = Object.keys(JobState) as (keyof typeof JobState)[];
  return names.find((name) => JobState[name] === state) ?? "unknown";
}

type Coordinates = readonly [x: number, y: number, z: number];
type Chip = readonly [x: number, y: number];

export interface JobStateAnswer {
  readonly state: JobState;
  /** Null while the job is queued, and when it is not alive. */
  readonly power: boolean | null;
  /** Seconds; null for ever. */
  readonly keepalive: number | null;
  /** Why it was destroyed. */
  readonly reason: string | null;
  /** Unix seconds. */
  readonly start_time: number | null;
  readonly keepalivehost: string | null;
}

export interface BoardsOfJob {
  /** In chips. */
  readonly width: number;
  readonly height: number;
  /** Chips of the job that have a network address, with it; the job's origin comes first. */
  readonly connections: readonly (readonly [Chip, host: string])[];
  readonly machine_name: string;
  readonly boards: readonly Coordinates[];
}

type NoBoards = { readonly [Field in keyof BoardsOfJob]: null };

export interface ListedJob {
  readonly job_id: number;
  readonly owner: string;
  readonly start_time: number;
  readonly keepalive: number | null;
  readonly state: JobState;
  readonly power: boolean | null;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly allocated_machine_name: string | null;
  readonly boards: readonly Coordinates[] | null;
  readonly keepalivehost: string;
}

export interface ListedMachine {
  readonly name: string;
  readonly tags: readonly string[];
  /** In triads. */
  readonly width: number;
  readonly height: number;
  readonly dead_boards: readonly Coordinates[];
  readonly dead_links: readonly (readonly [x: number, y: number, z: number, link: number])[];
}

export interface Whereabouts {
  readonly machine: string;
  readonly logical: Coordinates;
  readonly physical: readonly [cabinet: number, frame: number, board: number];
  readonly chip: Chip;
  readonly board_chip: Chip;
  /** Null where no job has the board. */
  readonly job_id: number | null;
  readonly job_chip: Chip | null;
}

/** The answer to each command. */
export interface Answers {
  readonly version: string;
  readonly create_job: number;
  readonly job_keepalive: null;
  readonly get_job_state: JobStateAnswer;
  readonly get_job_machine_info: BoardsOfJob | NoBoards;
  readonly power_on_job_boards: null;
  readonly power_off_job_boards: null;
  readonly destroy_job: null;
  readonly notify_job: null;
  readonly no_notify_job: null;
  readonly notify_machine: null;
  readonly no_notify_machine: null;
  readonly list_jobs: readonly ListedJob[];
  readonly list_machines: readonly ListedMachine[];
  readonly get_board_position: readonly [cabinet: number, frame: number, board: number] | null;
  readonly get_board_at_position: Coordinates | null;
  readonly where_is: Whereabouts | null;
}

export type Command = keyof Answers;
