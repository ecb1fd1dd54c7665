/**
 * The tasks that a BMP has not begun, in order.
 *
 * - Self-tests come last.
 * - A task whose boards have to stay off for a while is passed over until then, and with it whatever
 *   is to be done with those boards: nobody else waits for them.
 */
import type { FrameTask } from "../tasks/frame-task.js";

export class WaitingTasks {
  /** performance.now() before which a task may not begin. */
  readonly #notBeforeMs: (task: FrameTask) => number;
  #tasks: FrameTask[] = [];

  constructor(notBeforeMs: (task: FrameTask) => number) {
    this.#notBeforeMs = notBeforeMs;
  }

  get isEmpty(): boolean {
    return this.#tasks.length === 0;
  }

  add(task: FrameTask): void {
    const firstTest = this.#tasks.findIndex(({ action }) => action === "test");
    const at = task.action === "test" || firstTest < 0 ? this.#tasks.length : firstTest;
    this.#tasks.splice(at, 0, task);
  }

  /** Tasks that were begun, and go on before all others. */
  putBack(tasks: readonly FrameTask[]): void {
    this.#tasks.unshift(...tasks);
  }

  /** Takes out those that are as the condition says. */
  remove(condition: (task: FrameTask) => boolean): readonly FrameTask[] {
    const removed = this.#tasks.filter(condition);
    this.#tasks = this.#tasks.filter((task) => !removed.includes(task));
    return removed;
  }

  /** When the first of them may begin; null when there is none. */
  get readyAtMs(): number | null {
    return this.isEmpty ? null : Math.min(...this.#beginnings().values());
  }

  /** Whether one of them may begin. */
  get hasReady(): boolean {
    const { readyAtMs } = this;
    return readyAtMs !== null && readyAtMs <= performance.now();
  }

  /** The first that may begin, with those behind it that have the same action and other boards. */
  takeBatch(): FrameTask[] {
    const nowMs = performance.now();
    const batch: FrameTask[] = [];
    const boards = new Set<number>();
    for (const [task, beginMs] of this.#beginnings()) {
      if (beginMs > nowMs) continue;
      if (task.action !== (batch[0] ?? task).action) break;
      if (task.boards.some(({ number }) => boards.has(number))) break;
      for (const { number } of task.boards) boards.add(number);
      batch.push(task);
    }
    this.#tasks = this.#tasks.filter((task) => !batch.includes(task));
    return batch;
  }

  /** When each may begin: none before one that it would overtake on a board. */
  #beginnings(): Map<FrameTask, number> {
    const byBoard = new Map<number, number>();
    const beginnings = new Map<FrameTask, number>();
    for (const task of this.#tasks) {
      let beginMs = this.#notBeforeMs(task);
      for (const { number } of task.boards)
        beginMs = Math.max(beginMs, byBoard.get(number) ?? beginMs);
      for (const { number } of task.boards) byBoard.set(number, beginMs);
      beginnings.set(task, beginMs);
    }
    return beginnings;
  }
}
