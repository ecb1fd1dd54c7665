/** `spalloc-server grace …`: jobs from before the start that nobody has shown interest in since. */
import { counted } from "../../domain/counted.js";
import { stateDirectoryOf } from "../../host/state-directory.js";
import { askServer, type ListedGraceJob, OperatorError } from "../../operator/index.js";
import { answer } from "../operator-answer.js";
import { plain } from "../plain-text.js";
import { isoSeconds } from "../times.js";

/** @returns the exit code */
export function listGrace(path: string, { json }: { readonly json: boolean }): Promise<number> {
  return answer(async () => {
    const list = await askServer(stateDirectoryOf(path), "grace.list", {});
    return json ? JSON.stringify(list, null, 2) : graceInWords(list.jobs);
  });
}

/** Of all jobs when none is given. @returns the exit code */
export function endGrace(path: string, jobIds: readonly number[]): Promise<number> {
  return answer(async () => {
    const args = { jobs: jobIds.length === 0 ? null : jobIds };
    const { jobs } = await askServer(stateDirectoryOf(path), "grace.end", args);
    const ended = new Set(jobs);
    const others = jobIds.filter((jobId) => !ended.has(jobId));
    if (jobIds.length > 0 && jobs.length === 0) {
      const are = jobIds.length === 1 ? "is not in its grace" : "are not in their grace";
      throw new OperatorError(
        `${jobsNamed(jobIds)} ${are}; \`spalloc-server grace list\` shows which are`,
      );
    }
    const what = jobs.length === 1 ? "its keepalive counts" : "their keepalives count";
    const text = `the grace of ${counted(jobs.length, "job")} has ended; ${what} from the start of the server`;
    return others.length === 0 ? text : `${text}\nno grace: ${jobsNamed(others)}`;
  });
}

function graceInWords(jobs: readonly ListedGraceJob[]): string {
  if (jobs.length === 0) return "no job is in its grace";
  return jobs
    .map(({ jobId, owner, host, keepaliveS, endsAtMs }) => {
      const who = host === null ? plain(owner) : `${plain(owner)} (${host})`;
      return `job ${jobId} of ${who}: keepalive ${keepaliveS} s, in its grace until ${isoSeconds(endsAtMs)}`;
    })
    .join("\n");
}

function jobsNamed(jobIds: readonly number[]): string {
  return `${jobIds.length === 1 ? "job" : "jobs"} ${jobIds.join(", ")}`;
}
