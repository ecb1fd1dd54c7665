/**
 * The pause between off and on, as the BMP worker keeps it: with the same memory of the boards
 * (src/bmp/frames/frame-boards.ts), one for each BMP, which ends with the server.
 */
import { FrameBoards } from "../../src/bmp/frames/frame-boards.js";
import type { PowerOrder } from "../../src/engine/contract/ports.js";
import type { SimulatedClock } from "./clock.js";
import type { OrderedBoard } from "./positions.js";

export class Pauses {
  /** When the server started; null while there is none. */
  private startedMs: number | null = null;
  private pauseMs = 0;
  private readonly frames = new Map<string, FrameBoards>();

  constructor(private readonly clock: SimulatedClock) {}

  /** The first time is the start of a server. */
  configured(pauseMs: number): void {
    this.startedMs ??= this.clock.elapsedMs();
    this.pauseMs = pauseMs;
    this.wakeAfterPause();
  }

  serverDied(): void {
    this.startedMs = null;
    this.frames.clear();
  }

  submitted({ action, resumed }: PowerOrder, boards: readonly OrderedBoard[]): void {
    if (action !== "on" || !resumed) return;
    for (const board of boards) this.of(board).mayHaveGoneOff([numberOf(board)], this.startedMs!);
  }

  /** Whether the boards of the order may be powered on, if that is what it does. */
  allow({ action }: PowerOrder, boards: readonly OrderedBoard[]): boolean {
    if (action !== "on" && action !== "test") return true;
    const nowMs = this.clock.elapsedMs();
    return boards.every(
      (board) => this.of(board).pauseOverMs([numberOf(board)], this.pauseMs) <= nowMs,
    );
  }

  wentOff(board: Pick<OrderedBoard, "bmp" | "place">): void {
    this.of(board).wentOff([numberOf(board)]);
    this.wakeAfterPause();
  }

  isUp(board: OrderedBoard): void {
    this.of(board).isUp(numberOf(board), []);
  }

  /** Whether the server takes the board for one that is up for a job. */
  isKnownUp(bmp: string, number: number): boolean {
    return (this.frames.get(bmp)?.stoppedLinks(number) ?? null) !== null;
  }

  private of({ bmp }: Pick<OrderedBoard, "bmp">): FrameBoards {
    let boards = this.frames.get(bmp);
    if (boards === undefined) {
      boards = new FrameBoards(() => this.clock.elapsedMs());
      this.frames.set(bmp, boards);
    }
    return boards;
  }

  /** Time comes to the end of the pause, whether or not anything else is due then. */
  private wakeAfterPause(): void {
    this.clock.after(this.pauseMs, () => {});
  }
}

function numberOf({ place }: Pick<OrderedBoard, "place">): number {
  return Number(place.slice(place.lastIndexOf(",") + 1));
}
