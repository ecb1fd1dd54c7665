/** One machine of the running configuration, or one removed whose boards still power off. */
import { BoardBitmaps } from "../allocation/board-bitmaps.js";
import type { MachineDescription } from "../config/description.js";
import {
  type BoardCoordinate,
  type BoardPosition,
  boardIndex,
  boardOfIndex,
  isInside,
} from "../geometry/index.js";
import type { MachineView } from "./api.js";
import type { LiveJob } from "./job.js";
import { MachineQueue } from "./machine-queue.js";
import type { MachineRecord } from "./records.js";

export class RunningMachine {
  readonly bitmaps: BoardBitmaps;
  readonly queue = new MachineQueue<LiveJob>();
  /** Removed machines that must have their boards powered off before this one may power any. */
  readonly waitsFor = new Set<number>();
  /** 0 is the highest; null once removed. */
  priority: number | null;
  private current: DescribedMachine;

  constructor(record: MachineRecord) {
    this.machineId = record.machineId;
    this.priority = record.priority;
    this.bitmaps = new BoardBitmaps(record.description);
    this.current = new DescribedMachine(record.description);
  }

  readonly machineId: number;

  get view(): MachineView {
    return this.current;
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

  /**
   * Changes tags, dead boards and dead links. Boards in use stay with their jobs, and so a board
   * that is dead now and has no place in the new description keeps the one it had.
   */
  adjust(description: MachineDescription): void {
    const before = this.description;
    this.current = new DescribedMachine({
      ...description,
      boardLocations: addMissing(description.boardLocations, freePlaces(description, before)),
      bmpIps: addMissing(description.bmpIps, before.bmpIps),
      spinnakerIps: addMissing(description.spinnakerIps, before.spinnakerIps),
    });
    this.bitmaps.setDead(description.deadBoards, description.deadLinks);
  }

  /** The BMP of a board, as configured; null for a board without place or BMP. */
  bmpOf(board: number): string | null {
    return this.current.bmps.get(board) ?? null;
  }

  /** Dense indices of the boards that a BMP switches. */
  boardsBehind(bmp: string): number[] {
    return [...this.current.bmps].filter(([, host]) => host === bmp).map(([board]) => board);
  }

  /** The number of a board in its frame, by which its BMP knows it; null without a place. */
  numberInFrame(board: number): number | null {
    const position = this.current.positionOf(boardOfIndex(board, this.description));
    return position === null ? null : position[2];
  }

  hasTags(tags: readonly string[]): boolean {
    return tags.every((tag) => this.description.tags.includes(tag));
  }

  record(): MachineRecord {
    return {
      machineId: this.machineId,
      priority: this.priority,
      description: this.description,
    };
  }
}

/** Locations of before where the description has no board now. */
function freePlaces(
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

/** A description with the look-ups that clients ask for. */
class DescribedMachine implements MachineView {
  private readonly positions = new Map<number, BoardPosition>();
  private readonly boards = new Map<string, BoardCoordinate>();
  private readonly addresses = new Map<number, string>();
  readonly bmps = new Map<number, string>();

  constructor(readonly description: MachineDescription) {
    const hosts = new Map(description.bmpIps.map(([frame, host]) => [frame.join(), host]));
    for (const [board, position] of description.boardLocations) {
      const index = boardIndex(board, description);
      this.positions.set(index, position);
      this.boards.set(position.join(), board);
      const bmp = hosts.get(position.slice(0, 2).join());
      if (bmp !== undefined) this.bmps.set(index, bmp);
    }
    for (const [board, address] of description.spinnakerIps) {
      this.addresses.set(boardIndex(board, description), address);
    }
  }

  positionOf(board: BoardCoordinate): BoardPosition | null {
    if (!isInside(board, this.description)) return null;
    return this.positions.get(boardIndex(board, this.description)) ?? null;
  }

  boardAt(position: BoardPosition): BoardCoordinate | null {
    return this.boards.get(position.join()) ?? null;
  }

  addressOf(board: BoardCoordinate): string | undefined {
    return this.addresses.get(boardIndex(board, this.description));
  }
}
