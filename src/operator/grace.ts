/** The operator's commands about jobs in their grace; docs/operating/restarts.md documents them. */
import { OPERATOR } from "../engine/contract/actors.js";
import type { GraceApi } from "../engine/contract/operator-api.js";
import type { OperatorCommands } from "./dispatch.js";

export function graceCommands(
  operator: GraceApi,
): Pick<OperatorCommands, "grace.list" | "grace.end"> {
  return {
    "grace.list": () => ({ jobs: operator.jobsInGrace() }),
    "grace.end": ({ jobs }) => ({ jobs: operator.endGrace(jobs, OPERATOR) }),
  };
}
