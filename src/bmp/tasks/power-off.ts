/** Powers off the boards of neighbouring tasks of one frame together. Links are left as they are. */
import {
  allFailed,
  boardNumbers,
  type FrameTask,
  type StepContext,
  type TaskFailures,
} from "./frame-task.js";
import { sendToGroup } from "./group-command.js";

/** Throws BmpError when the BMP is silent. */
export async function powerOff(
  context: StepContext,
  tasks: readonly FrameTask[],
): Promise<TaskFailures> {
  const refusals = await sendToGroup(tasks, (some) =>
    context.powerOff(boardNumbers(some.flatMap(({ boards }) => boards))),
  );
  const failures: TaskFailures = new Map();
  for (const task of tasks) {
    const refusal = refusals.get(task);
    if (refusal === undefined) context.succeeded(task);
    else failures.set(task, allFailed(task, `the power-off failed: ${refusal}`));
  }
  return failures;
}
