/** Powers off the boards of neighbouring tasks of one frame together. Links are left as they are. */
import { asBmpError } from "./errors.js";
import { allFailed, boardNumbers, type FrameTask, type TaskFailures } from "./frame-task.js";
import type { StepContext } from "./power-on.js";

/** Throws BmpError when the BMP is silent. */
export async function powerOff(
  context: StepContext,
  tasks: readonly FrameTask[],
): Promise<TaskFailures> {
  try {
    await context.bmp.powerOff(boardNumbers(tasks.flatMap(({ boards }) => boards)));
  } catch (error) {
    const failure = asBmpError(error);
    if (failure.isSilence) throw failure;
    if (tasks.length === 1) {
      return allFailed(tasks, context.host, `power-off: ${failure.message}`);
    }
    // Each on its own, so that nobody suffers for the boards of another.
    const failures: TaskFailures = new Map();
    for (const task of tasks) {
      for (const [failed, reasons] of await powerOff(context, [task]))
        failures.set(failed, reasons);
    }
    return failures;
  }
  for (const task of tasks) context.succeeded(task);
  return new Map();
}
