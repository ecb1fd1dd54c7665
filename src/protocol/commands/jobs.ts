/** Commands about one job. All but `destroy_job` renew its keepalive. */
import { returnedNull } from "../answers/answer.js";
import { jobStateAnswer, machineInfoAnswer } from "../answers/job-answers.js";
import { type Caller, type Command, type Context, command } from "../requests/command.js";
import { CommandError } from "../requests/errors.js";
import { describe, nullable, type Parameter } from "../requests/parameters.js";
import { jobId } from "../requests/values.js";

/** A client shows interest in a job. */
function touch(jobId: number, { engine, firstTouches }: Context, caller: Caller): void {
  engine.touch(jobId, caller.actor);
  firstTouches.touched(caller, jobId);
}

const jobKeepalive = command("job_keepalive", { job_id: jobId }, ({ job_id }, context, caller) => {
  touch(job_id, context, caller);
  return returnedNull();
});

const getJobState = command("get_job_state", { job_id: jobId }, ({ job_id }, context, caller) => {
  touch(job_id, context, caller);
  const { engine } = context;
  return jobStateAnswer(engine.job(job_id), engine.currentMark());
});

const getJobMachineInfo = command(
  "get_job_machine_info",
  { job_id: jobId },
  ({ job_id }, context, caller) => {
    touch(job_id, context, caller);
    const { engine } = context;
    return machineInfoAnswer(engine.job(job_id), engine.currentMark());
  },
);

function powerCommand(name: string, on: boolean): Command {
  return command(name, { job_id: jobId }, ({ job_id }, context, caller) => {
    touch(job_id, context, caller);
    const { engine } = context;
    engine.power(job_id, on, caller.actor);
    return returnedNull(engine.currentMark());
  });
}

/** Of a longer reason the beginning is kept: it is remembered as long as the ended job is. */
export const MAX_REASON_CHARS = 1024;

const reasonText: Parameter<string> = {
  read(value, name) {
    if (typeof value !== "string") {
      throw new CommandError(`${name} must be a string or null, not ${describe(value)}`);
    }
    if (value.length <= MAX_REASON_CHARS) return value.toWellFormed();
    // The cut may go through a surrogate pair.
    const kept = value.slice(0, MAX_REASON_CHARS).replace(/[\ud800-\udbff]$/, "");
    return `${kept.toWellFormed()}…`;
  },
};

const destroyJob = command(
  "destroy_job",
  { job_id: jobId, reason: nullable(reasonText) },
  ({ job_id, reason }, { engine }, caller) => {
    engine.destroy(job_id, reason, caller.actor);
    return returnedNull(engine.currentMark());
  },
);

export const jobCommands: readonly Command[] = [
  jobKeepalive,
  getJobState,
  getJobMachineInfo,
  powerCommand("power_on_job_boards", true),
  powerCommand("power_off_job_boards", false),
  destroyJob,
];
