/** Where the boards of a machine are, as its BMPs see it. */

import type { Allocation } from "../../domain/allocation.js";
import { boardsOf, peripheryOf } from "../../domain/allocation.js";
import { type BoardCoordinate, type BoardPosition, boardIndex } from "../../domain/board.js";
import { type Link, otherEnd } from "../../domain/links.js";
import { type FpgaIds, type FramePosition, USUAL_FPGA_IDS } from "../../domain/machine.js";
import { framePositionName } from "../../domain/names.js";
import type { TaskBoard } from "../tasks/frame-task.js";
import type { Frame, FrameBoard } from "./frame.js";
import type { MachineLayout } from "./machine-layout.js";

/** A BMP addresses boards with five bits, but knows only these. */
const BOARDS_PER_FRAME = 24;

/** A frame and all boards that the machine has in it, by ascending number. */
export interface FrameWithBoards extends Frame {
  readonly boards: readonly FrameBoard[];
}

/** The boards of an allocation that are in one frame. */
interface FramePart {
  readonly frame: Frame;
  readonly boards: readonly TaskBoard[];
}

export interface SplitAllocation {
  readonly parts: readonly FramePart[];
  /** Boards that no BMP reaches, by index, and why not. */
  readonly unreachable: readonly { readonly board: number; readonly reason: string }[];
}

export class MachineFrames {
  readonly #machine: MachineLayout;
  readonly #frames: ReadonlyMap<string, FrameWithBoards>;
  readonly #positions: ReadonlyMap<number, BoardPosition>;
  /** By the index of the board at either end; each with the index of the board at its other end. */
  readonly #deadLinks: ReadonlyMap<number, ReadonlyMap<Link, number>>;

  /** By the index of the board; of those that have others than the usual. */
  readonly #fpgaIds: ReadonlyMap<number, FpgaIds>;

  constructor(machine: MachineLayout) {
    this.#machine = machine;
    this.#fpgaIds = new Map(
      (machine.fpgaIds ?? []).map(([board, ids]) => [boardIndex(board, machine), ids]),
    );
    const boards = boardsByFrame(machine, (board) => this.#fpgaIdsOf(boardIndex(board, machine)));
    this.#frames = new Map(
      machine.bmpIps.map(([position, bmpAddress]) => [
        frameKey(position),
        {
          bmpAddress,
          machine: machine.name,
          position,
          boards: (boards.get(frameKey(position)) ?? []).sort((a, b) => a.number - b.number),
        },
      ]),
    );
    this.#positions = new Map(
      machine.boardLocations.map(([board, position]) => [boardIndex(board, machine), position]),
    );
    this.#deadLinks = deadLinksByBoard(machine);
  }

  get frames(): readonly FrameWithBoards[] {
    return [...this.#frames.values()];
  }

  /**
   * Splits an allocation by frame.
   *
   * @param only indices of the boards wanted; null for all
   */
  split(allocation: Allocation, only: readonly number[] | null): SplitAllocation {
    const machine = this.#machine;
    const wanted = only === null ? null : new Set(only);
    const periphery = new Map<number, Link[]>();
    for (const [board, link] of peripheryOf(allocation, machine)) {
      const index = boardIndex(board, machine);
      const links = periphery.get(index);
      if (links === undefined) periphery.set(index, [link]);
      else links.push(link);
    }
    const boardsOfFrame = new Map<Frame, TaskBoard[]>();
    const unreachable: { board: number; reason: string }[] = [];
    const members = boardsOf(allocation, machine).map(
      (board) => [boardIndex(board, machine), board] as const,
    );
    const isMember = new Set(members.map(([index]) => index));
    for (const [index, coordinates] of members) {
      if (wanted !== null && !wanted.has(index)) continue;
      const located = this.#locate(index);
      if (typeof located === "string") {
        unreachable.push({ board: index, reason: located });
        continue;
      }
      const { frame, number } = located;
      const deadLinks = [...(this.#deadLinks.get(index) ?? [])]
        .filter(([, otherBoard]) => isMember.has(otherBoard))
        .map(([link]) => link);
      const board = {
        coordinates,
        number,
        fpgaIds: this.#fpgaIdsOf(index),
        index,
        periphery: periphery.get(index) ?? [],
        deadLinks,
      };
      const boards = boardsOfFrame.get(frame);
      if (boards === undefined) boardsOfFrame.set(frame, [board]);
      else boards.push(board);
    }
    const parts = [...boardsOfFrame].map(([frame, boards]) => ({ frame, boards }));
    return { parts, unreachable };
  }

  #fpgaIdsOf(index: number): FpgaIds {
    return this.#fpgaIds.get(index) ?? USUAL_FPGA_IDS;
  }

  /** Where the board is, or why no BMP reaches it. */
  #locate(index: number): { readonly frame: Frame; readonly number: number } | string {
    const position = this.#positions.get(index);
    if (position === undefined) return "the configuration gives no position for it";
    const [cabinet, frameNumber, number] = position;
    const frame = this.#frames.get(frameKey([cabinet, frameNumber]));
    if (frame === undefined) {
      return `the configuration gives no BMP for ${framePositionName([cabinet, frameNumber])}`;
    }
    if (number >= BOARDS_PER_FRAME) {
      return `its number in the frame is ${number}; a BMP can address boards 0 to ${BOARDS_PER_FRAME - 1}`;
    }
    return { frame, number };
  }
}

/** By frame: the boards that a BMP can address. */
function boardsByFrame(
  machine: MachineLayout,
  fpgaIdsOf: (board: BoardCoordinate) => FpgaIds,
): Map<string, FrameBoard[]> {
  const boards = new Map<string, FrameBoard[]>();
  for (const [coordinates, [cabinet, frame, number]] of machine.boardLocations) {
    if (number >= BOARDS_PER_FRAME) continue;
    const key = frameKey([cabinet, frame]);
    const board: FrameBoard = { coordinates, number, fpgaIds: fpgaIdsOf(coordinates) };
    const others = boards.get(key);
    if (others === undefined) boards.set(key, [board]);
    else others.push(board);
  }
  return boards;
}

function deadLinksByBoard(machine: MachineLayout): Map<number, Map<Link, number>> {
  const byBoard = new Map<number, Map<Link, number>>();
  const add = (board: number, link: Link, otherBoard: number) => {
    const links = byBoard.get(board);
    if (links === undefined) byBoard.set(board, new Map([[link, otherBoard]]));
    else links.set(link, otherBoard);
  };
  for (const [x, y, z, link] of machine.deadLinks) {
    const board: BoardCoordinate = [x, y, z];
    const [otherBoard, otherLink] = otherEnd(board, link, machine);
    const [index, otherIndex] = [boardIndex(board, machine), boardIndex(otherBoard, machine)];
    add(index, link, otherIndex);
    add(otherIndex, otherLink, index);
  }
  return byBoard;
}

function frameKey([cabinet, frame]: FramePosition): string {
  return `${cabinet} ${frame}`;
}
