/** Commands and answers that several tests speak of. */

/** The state of no job. */
export const NOBODY = {
  state: 0,
  power: null,
  keepalive: null,
  reason: null,
  start_time: null,
  keepalivehost: null,
};

/** The boards of a job that has none. */
export const NO_BOARDS = {
  width: null,
  height: null,
  connections: null,
  machine_name: null,
  boards: null,
};

/** The commands that show interest in a job. */
export const TOUCHING = [
  "job_keepalive",
  "get_job_state",
  "get_job_machine_info",
  "power_on_job_boards",
  "power_off_job_boards",
];
