/** What a command is: its name, its parameters, and what it does. */
import type { ClientLimits } from "../../config/client-limits.js";
import type { HostCounts } from "../../domain/host-counts.js";
import type { EngineApi } from "../../engine/contract/api.js";
import type { Answer, LaterAnswer } from "../answers/answer.js";
import type { JobListText, MachineListText } from "../answers/lists.js";
import type { FirstTouches } from "../first-touches.js";
import type { Subscriber, Watches } from "../watches.js";
import type { Json, JsonObject } from "./json.js";
import { bind, type Parameters, type Values } from "./parameters.js";

/** What commands work on. */
export interface Context {
  readonly engine: EngineApi;
  readonly jobList: JobListText;
  readonly machineList: MachineListText;
  readonly jobWatches: Watches<number>;
  readonly machineWatches: Watches<string>;
  readonly firstTouches: FirstTouches;
  /** Single watches of jobs and machines, and jobs noted by {@link firstTouches}. */
  readonly watchCounts: HostCounts;
  /** The current ones: a reload may replace them. */
  readonly limits: () => ClientLimits;
}

/** The connection that a request came from. */
export interface Caller extends Subscriber {
  /** Whether an earlier answer to it waits for its commit. */
  readonly awaitsCommit: boolean;
}

export interface Command {
  readonly name: string;
  /** Names of all its parameters. */
  readonly parameters: readonly string[];
  /** @throws CommandError when the arguments are wrong or the command cannot be done. */
  call(
    args: readonly Json[],
    kwargs: JsonObject,
    context: Context,
    caller: Caller,
  ): Answer | LaterAnswer;
}

/** A command whose parameters can all be given by position or by name. */
export function command<P extends Parameters>(
  name: string,
  parameters: P,
  run: (values: Values<P>, context: Context, caller: Caller) => Answer | LaterAnswer,
): Command {
  return {
    name,
    parameters: Object.keys(parameters),
    call: (args, kwargs, context, caller) =>
      run(bind(name, parameters, args, kwargs), context, caller),
  };
}
