/** Starting and ending watches. None of these renews a keepalive. */
import { returnedNull } from "../answers/answer.js";
import { type Caller, type Command, type Context, command } from "../requests/command.js";
import { CommandError } from "../requests/errors.js";
import { nullable } from "../requests/parameters.js";
import { jobId, text, UNKNOWN_JOB_ID, watchedJobId } from "../requests/values.js";
import { watchLimit } from "../watch-limits.js";
import { type Watches, watchWeight } from "../watches.js";

function watch<Key>(
  watches: Watches<Key>,
  { watchCounts, limits }: Context,
  caller: Caller,
  key: Key,
  what: string,
): void {
  if (watches.isWatching(caller, key)) return;
  const own = watches.countOf(caller);
  const problem = watchLimit(own, watchWeight(key), caller.actor.host, watchCounts, limits());
  if (problem !== null) throw new CommandError(`${problem}; watch all ${what} instead`);
  watches.watch(caller, key);
}

const notifyJob = command(
  "notify_job",
  { job_id: nullable(jobId) },
  ({ job_id }, context, caller) => {
    if (job_id === null) context.jobWatches.watchEverything(caller);
    else if (job_id !== UNKNOWN_JOB_ID) watch(context.jobWatches, context, caller, job_id, "jobs");
    return returnedNull();
  },
);

const noNotifyJob = command(
  "no_notify_job",
  { job_id: nullable(watchedJobId) },
  ({ job_id }, { jobWatches }, caller) => {
    if (job_id === null) jobWatches.stop(caller);
    else jobWatches.unwatch(caller, job_id);
    return returnedNull();
  },
);

const notifyMachine = command(
  "notify_machine",
  { machine_name: nullable(text) },
  ({ machine_name }, context, caller) => {
    const { machineWatches } = context;
    if (machine_name === null) machineWatches.watchEverything(caller);
    else watch(machineWatches, context, caller, machine_name, "machines");
    return returnedNull();
  },
);

const noNotifyMachine = command(
  "no_notify_machine",
  { machine_name: nullable(text) },
  ({ machine_name }, { machineWatches }, caller) => {
    if (machine_name === null) machineWatches.stop(caller);
    else machineWatches.unwatch(caller, machine_name);
    return returnedNull();
  },
);

export const notifyCommands: readonly Command[] = [
  notifyJob,
  noNotifyJob,
  notifyMachine,
  noNotifyMachine,
];
