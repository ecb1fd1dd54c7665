export {
  type Answers,
  type BoardsOfJob,
  type Command,
  JobState,
  type JobStateAnswer,
  type ListedJob,
  type ListedMachine,
  stateName,
  type Whereabouts,
} from "./answers.js";
export type { Changed, Changes } from "./changes.js";
export { type Client, connect } from "./client.js";
export { JobEndedError, NoServerError, RefusedError } from "./errors.js";
export { Job, type JobRequest } from "./job.js";
