/** Where the boards of a machine are, as its BMPs see it. */

import type { Allocation } from "../../domain/allocation.js";
import { boardsOf, peripheryOf } from "../../domain/allocation.js";
import { type BoardPosition, boardIndex } from "../../domain/board.js";
import type { Link } from "../../domain/links.js";
import type { FramePosition } from "../../domain/machine.js";
import type { FrameBoard } from "../tasks/frame-task.js";
import type { MachineLayout } from "./machine-layout.js";

/** A BMP addresses boards with five bits, of which it knows these. */
const BOARDS_PER_FRAME = 24;

/** The boards of an allocation that are in one frame. */
interface FramePart {
  /** Host name or address of the BMP. */
  readonly host: string;
  readonly frameName: string;
  readonly boards: readonly FrameBoard[];
}

export interface Parts {
  readonly frames: readonly FramePart[];
  /** Boards that no BMP reaches: dense index, and why not. */
  readonly unreachable: readonly { readonly board: number; readonly reason: string }[];
}

/** A frame of a machine, and the boards that the machine has in it. */
export interface Frame {
  /** Host name or address of its BMP. */
  readonly host: string;
  /** For a person: machine, cabinet and frame. */
  readonly name: string;
  /** Numbers of its boards, ascending. */
  readonly boards: readonly number[];
}

export class MachineFrames {
  readonly #machine: MachineLayout;
  readonly #frames: ReadonlyMap<string, Frame>;
  readonly #positions: ReadonlyMap<number, BoardPosition>;

  constructor(machine: MachineLayout) {
    this.#machine = machine;
    const numbers = boardNumbers(machine);
    this.#frames = new Map(
      machine.bmpIps.map(([frame, host]) => [
        frameKey(frame),
        {
          host,
          name: `machine ${machine.name}, cabinet ${frame[0]}, frame ${frame[1]}`,
          boards: (numbers.get(frameKey(frame)) ?? []).sort((a, b) => a - b),
        },
      ]),
    );
    this.#positions = new Map(
      machine.boardLocations.map(([board, position]) => [boardIndex(board, machine), position]),
    );
  }

  get frames(): readonly Frame[] {
    return [...this.#frames.values()];
  }

  /**
   * Splits an allocation by frame.
   *
   * @param only dense indices of the boards wanted; null for all
   */
  partsOf(allocation: Allocation, only: readonly number[] | null): Parts {
    const machine = this.#machine;
    const wanted = only === null ? null : new Set(only);
    const periphery = new Map<number, Link[]>();
    for (const [board, link] of peripheryOf(allocation, machine)) {
      const index = boardIndex(board, machine);
      const links = periphery.get(index);
      if (links === undefined) periphery.set(index, [link]);
      else links.push(link);
    }
    const parts = new Map<Frame, FrameBoard[]>();
    const unreachable: { board: number; reason: string }[] = [];
    for (const board of boardsOf(allocation, machine)) {
      const index = boardIndex(board, machine);
      if (wanted !== null && !wanted.has(index)) continue;
      const place = this.#placeOf(index);
      if (typeof place === "string") {
        const reason = `machine ${machine.name}, board (${board.join(", ")}): ${place}`;
        unreachable.push({ board: index, reason });
        continue;
      }
      const frameBoard = { number: place.number, index, periphery: periphery.get(index) ?? [] };
      const boards = parts.get(place.frame);
      if (boards === undefined) parts.set(place.frame, [frameBoard]);
      else boards.push(frameBoard);
    }
    const frames = [...parts].map(([{ host, name: frameName }, boards]) => ({
      host,
      frameName,
      boards,
    }));
    return { frames, unreachable };
  }

  /** Where the board is, or why no BMP reaches it. */
  #placeOf(index: number): { readonly frame: Frame; readonly number: number } | string {
    const position = this.#positions.get(index);
    if (position === undefined) return "the configuration gives it no location";
    const [cabinet, frameNumber, number] = position;
    const frame = this.#frames.get(frameKey([cabinet, frameNumber]));
    if (frame === undefined) {
      return `the configuration gives no BMP for cabinet ${cabinet}, frame ${frameNumber}`;
    }
    if (number >= BOARDS_PER_FRAME) {
      return `it is board ${number} of its frame, and a BMP knows boards 0 to ${BOARDS_PER_FRAME - 1}`;
    }
    return { frame, number };
  }
}

/** By frame: the numbers of its boards that a BMP can address. */
function boardNumbers(machine: MachineLayout): Map<string, number[]> {
  const numbers = new Map<string, number[]>();
  for (const [, [cabinet, frame, board]] of machine.boardLocations) {
    if (board >= BOARDS_PER_FRAME) continue;
    const key = frameKey([cabinet, frame]);
    const others = numbers.get(key);
    if (others === undefined) numbers.set(key, [board]);
    else others.push(board);
  }
  return numbers;
}

function frameKey([cabinet, frame]: FramePosition): string {
  return `${cabinet} ${frame}`;
}
