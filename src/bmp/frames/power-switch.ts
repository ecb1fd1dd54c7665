/** Powers boards of one frame on and off: the one way to do so, which keeps the pause between the two. */
import type { Bmp } from "../exchange/bmp.js";
import { sleep } from "../times.js";
import type { FrameBoards } from "./frame-boards.js";

export class PowerSwitch {
  readonly #boards: FrameBoards;
  readonly #pauseMs: () => number;

  /** @param pauseMs for which a board stays off, as configured now */
  constructor(boards: FrameBoards, pauseMs: () => number) {
    this.#boards = boards;
    this.#pauseMs = pauseMs;
  }

  /** performance.now() before which boards may not be powered on; in the past if they may. */
  pauseOverMs(boards: readonly number[]): number {
    return this.#boards.pauseOverMs(boards, this.#pauseMs());
  }

  /** How much of the pause is left; 0 when it is over. */
  pauseLeftMs(boards: readonly number[]): number {
    return Math.max(0, this.pauseOverMs(boards) - performance.now());
  }

  /** Waits for what is left of the pause; who has other work for the BMP asks before. Throws BmpError. */
  async on(bmp: Bmp, boards: readonly number[], timeoutMs: number): Promise<void> {
    for (let leftMs = this.pauseLeftMs(boards); leftMs > 0; leftMs = this.pauseLeftMs(boards)) {
      await sleep(leftMs);
    }
    await bmp.powerOn(boards, timeoutMs);
  }

  /** However it ends, the boards may be off. Throws BmpError. */
  async off(bmp: Bmp, boards: readonly number[]): Promise<void> {
    try {
      await bmp.powerOff(boards);
    } finally {
      this.#boards.wentOff(boards);
    }
  }
}
