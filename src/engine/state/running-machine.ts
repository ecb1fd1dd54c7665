/** One machine of the running configuration, or one removed whose boards still power off. */
import { type Allocation, boardCountOf } from "../../domain/allocation.js";
import {
  type BoardCoordinate,
  type BoardPosition,
  type BoardReference,
  boardCount,
  boardIndex,
  boardOfIndex,
  isInside,
} from "../../domain/board.js";
import type { MachineDescription } from "../../domain/machine.js";
import { BoardBitmaps } from "../../placement/bitmaps/board-bitmaps.js";
import type { MachineView } from "../contract/api.js";
import type { MachineRecord } from "../contract/records.js";
import type { Admission } from "../queue/admission.js";
import { MachineQueue } from "../queue/machine-queue.js";
import type { QueuePolicy } from "../queue/queue-policy.js";
import type { WaitingJob } from "../queue/waiting-job.js";
import { PlacedJobs } from "./placed-jobs.js";

export class RunningMachine<Job extends WaitingJob> {
  readonly bitmaps: BoardBitmaps;
  readonly queue: MachineQueue<Job>;
  readonly placed: PlacedJobs<Job>;
  /** Removed machines that must have their boards powered off before this one may power any. */
  readonly waitsFor = new Set<number>();
  /** 0 is the highest; null once removed. */
  priority: number | null;
  private current: DescribedMachine;
  /** Indices of the boards that are withheld. */
  private readonly withheld = new Set<number>();
  /** With boards withheld: how others see it, and the version of its placed jobs. */
  private viewMade: { readonly view: MachineView; readonly placed: number } | null = null;

  constructor(record: MachineRecord, queuePolicy: QueuePolicy, admission?: Admission) {
    this.machineId = record.machineId;
    this.priority = record.priority;
    const { width, height } = record.description;
    this.bitmaps = new BoardBitmaps(record.description);
    this.queue = new MachineQueue({ width, height }, queuePolicy, admission);
    this.placed = new PlacedJobs({ width, height });
    this.current = new DescribedMachine(record.description);
  }

  readonly machineId: number;

  get view(): MachineView {
    if (this.withheld.size === 0) return this.current;
    if (this.viewMade?.placed !== this.placed.version) {
      const view = this.current.without(this.boardsOut());
      this.viewMade = { view, placed: this.placed.version };
    }
    return this.viewMade.view;
  }

  /**
   * Marks the boards of an allocation as in use.
   * @param host of the job that has them; null for none
   * @throws InvariantError when one of them is in use already
   */
  occupy(allocation: Allocation, host: string | null): void {
    this.bitmaps.occupy(allocation);
    this.queue.shares.holdings.take(host, boardCountOf(allocation));
  }

  /**
   * Marks boards that are in use as free.
   * @throws InvariantError when one of them is free already
   */
  release(allocation: Allocation, host: string | null): void {
    this.bitmaps.release(allocation);
    this.queue.shares.holdings.giveBack(host, boardCountOf(allocation));
  }

  /** Withholds a board, by its index, or gives it back. */
  setWithheld(board: number, isWithheld: boolean): void {
    this.bitmaps.setWithheld(boardOfIndex(board, this.description), isWithheld);
    if (isWithheld) this.withheld.add(board);
    else this.withheld.delete(board);
    this.viewMade = null;
  }

  /** Dead boards, and withheld ones that no job has. */
  private boardsOut(): BoardCoordinate[] {
    const { description } = this;
    const out = new Set(description.deadBoards.map((board) => boardIndex(board, description)));
    for (const board of this.withheld) {
      if (this.placed.at(boardOfIndex(board, description)) === null) out.add(board);
    }
    return [...out].sort((a, b) => a - b).map((board) => boardOfIndex(board, description));
  }

  get description(): MachineDescription {
    return this.current.description;
  }

  get name(): string {
    return this.description.name;
  }

  get isRemoved(): boolean {
    return this.priority === null;
  }

  /** Changes tags, dead boards and dead links. Boards in use stay with their jobs. */
  changeInPlace(description: MachineDescription): void {
    this.current = new DescribedMachine(withKeptLines(description, this.description));
    this.viewMade = null;
    this.bitmaps.setDead(description.deadBoards, description.deadLinks);
  }

  /** The BMP of a board, as configured; null for a board without place or BMP. */
  bmpOf(board: number): string | null {
    return this.current.bmpOf(board);
  }

  /** The index of the board with that number behind that BMP; null if the machine has none. */
  boardOf(bmp: string, number: number): number | null {
    return this.current.boardOf(bmp, number);
  }

  /** A board, by its index, with its other names. */
  refer(index: number): BoardReference {
    const coordinates = boardOfIndex(index, this.description);
    return { index, coordinates, position: this.current.positionOf(coordinates) };
  }

  /** Indices of the boards that a BMP switches. */
  boardsOfBmp(bmp: string): readonly number[] {
    return this.current.boardsOfBmp(bmp);
  }

  /** The number of a board in its frame, by which its BMP knows it; null without a place. */
  numberInFrame(board: number): number | null {
    const position = this.current.positionOf(boardOfIndex(board, this.description));
    return position === null ? null : position[2];
  }

  record(): MachineRecord {
    return {
      machineId: this.machineId,
      priority: this.priority,
      description: this.description,
    };
  }
}

/**
 * A description that replaces another in place: a board that is dead now, without position in the new
 * one, keeps the position that it had.
 */
export function withKeptLines(
  description: MachineDescription,
  before: MachineDescription,
): MachineDescription {
  return {
    ...description,
    boardLocations: addMissing(description.boardLocations, freePositions(description, before)),
    bmpIps: addMissing(description.bmpIps, before.bmpIps),
    spinnakerIps: addMissing(description.spinnakerIps, before.spinnakerIps),
  };
}

/** Positions of before where the description has no board now. */
function freePositions(
  description: MachineDescription,
  before: MachineDescription,
): MachineDescription["boardLocations"] {
  const taken = new Set(description.boardLocations.map(([, position]) => position.join()));
  return before.boardLocations.filter(([, position]) => !taken.has(position.join()));
}

type Entries<Key extends readonly number[], Value> = readonly (readonly [Key, Value])[];

/** The entries, and those of `before` whose key they do not have. */
function addMissing<Key extends readonly number[], Value>(
  entries: Entries<Key, Value>,
  before: Entries<Key, Value>,
): Entries<Key, Value> {
  const known = new Set(entries.map(([key]) => key.join()));
  return [...entries, ...before.filter(([key]) => !known.has(key.join()))];
}

/** The boards of a frame, and the BMP that switches them. */
interface Frame {
  readonly bmp: string | null;
  /** By their number in the frame. */
  readonly boards: Map<number, BoardCoordinate>;
}

/** A description with the look-ups that clients ask for. */
class DescribedMachine implements MachineView {
  /** By {@link boardIndex}, as far as they are configured. */
  private readonly positions: (BoardPosition | undefined)[];
  private readonly addresses: (string | undefined)[];
  /** By cabinet and frame. Numbers, for keys made of text cost most of a start. */
  private readonly frames = new Map<number, Map<number, Frame>>();
  /** Indices of boards by the BMP that switches them; made when first asked for. */
  private byBmp: ReadonlyMap<string, readonly number[]> | null = null;

  constructor(readonly description: MachineDescription) {
    const boards = boardCount(description);
    this.positions = new Array(boards).fill(undefined);
    this.addresses = new Array(boards).fill(undefined);
    for (const [[cabinet, frame], bmp] of description.bmpIps) this.frameAt(cabinet, frame, bmp);
    for (const [board, position] of description.boardLocations) {
      this.positions[boardIndex(board, description)] = position;
      this.frameAt(position[0], position[1], null).boards.set(position[2], board);
    }
    for (const [board, address] of description.spinnakerIps) {
      this.addresses[boardIndex(board, description)] = address;
    }
  }

  get boardsOut(): readonly BoardCoordinate[] {
    return this.description.deadBoards;
  }

  /** The same machine with these boards out. */
  without(boardsOut: readonly BoardCoordinate[]): MachineView {
    return {
      description: this.description,
      boardsOut,
      positionOf: (board) => this.positionOf(board),
      boardAt: (position) => this.boardAt(position),
      addressOf: (board) => this.addressOf(board),
    };
  }

  positionOf(board: BoardCoordinate): BoardPosition | null {
    if (!isInside(board, this.description)) return null;
    return this.positions[boardIndex(board, this.description)] ?? null;
  }

  boardAt([cabinet, frame, board]: BoardPosition): BoardCoordinate | null {
    return this.frames.get(cabinet)?.get(frame)?.boards.get(board) ?? null;
  }

  addressOf(board: BoardCoordinate): string | undefined {
    return this.addresses[boardIndex(board, this.description)];
  }

  bmpOf(board: number): string | null {
    const position = this.positions[board];
    if (position === undefined) return null;
    return this.frames.get(position[0])?.get(position[1])?.bmp ?? null;
  }

  boardOf(wanted: string, number: number): number | null {
    for (const frames of this.frames.values()) {
      for (const { bmp, boards } of frames.values()) {
        const board = bmp === wanted ? boards.get(number) : undefined;
        if (board !== undefined) return boardIndex(board, this.description);
      }
    }
    return null;
  }

  boardsOfBmp(bmp: string): readonly number[] {
    this.byBmp ??= this.findBoardsByBmp();
    return this.byBmp.get(bmp) ?? [];
  }

  private findBoardsByBmp(): Map<string, number[]> {
    const behind = new Map<string, number[]>();
    for (const frames of this.frames.values()) {
      for (const { bmp, boards } of frames.values()) {
        if (bmp === null) continue;
        const indices = [...boards.values()].map((board) => boardIndex(board, this.description));
        behind.set(bmp, [...(behind.get(bmp) ?? []), ...indices]);
      }
    }
    return behind;
  }

  /** The frame there; it is made, with that BMP, when it was not known. */
  private frameAt(cabinet: number, number: number, bmp: string | null): Frame {
    let frames = this.frames.get(cabinet);
    if (frames === undefined) {
      frames = new Map();
      this.frames.set(cabinet, frames);
    }
    let frame = frames.get(number);
    if (frame === undefined) {
      frame = { bmp, boards: new Map() };
      frames.set(number, frame);
    }
    return frame;
  }
}
