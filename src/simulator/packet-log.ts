/**
 * What went over the wire, packet by packet, of all simulated BMPs: the last so many.
 *
 * Each entry has a number of its own, ascending without gaps, so that a reader who comes again can
 * ask for what is new, and tell when something was dropped in between.
 */

import type { BmpReply, BmpRequest } from "../bmp/wire/packet.js";
import { FirmwareCommand } from "./firmware/commands.js";

/** What became of a packet. */
type Fate =
  /** Taken up by the BMP, or sent by it. */
  | "passed"
  /** Lost on the way, by a fault or because the BMP is silent. */
  | "lost"
  /** It came when all buffers were full, or is none that the firmware looks at. */
  | "dropped";

export interface PacketEntry {
  readonly number: number;
  /** Milliseconds since the simulator was started. */
  readonly at: number;
  readonly bmp: string;
  readonly direction: "request" | "reply";
  readonly fate: Fate;
  /** Whether another request was under way when it came. */
  readonly overlaps: boolean;
  /** Copied or delayed by a fault. */
  readonly tampered: boolean;
  readonly sequence: number;
  readonly board: number;
  /** Of a request; null of a reply, and of a packet that is no request. */
  readonly command: string | null;
  readonly args: readonly number[];
  /** Of a reply. */
  readonly returnCode: number | null;
}

type PacketContext = Pick<PacketEntry, "bmp" | "fate" | "tampered">;

const COMMAND_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(FirmwareCommand).map(([name, code]) => [code, name]),
);

export class PacketLog {
  readonly #limit: number;
  readonly #started = performance.now();
  #entries: PacketEntry[] = [];
  #number = 0;

  /** @param limit entries kept; 0: none */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** What `at` of a packet would be that came now. */
  get now(): number {
    return performance.now() - this.#started;
  }

  /** @param request null for a packet that is too short to be one */
  request(
    request: BmpRequest | null,
    context: PacketContext & { readonly overlaps: boolean },
  ): void {
    const command = request?.command ?? null;
    this.#add({
      ...context,
      direction: "request",
      sequence: request?.sequence ?? 0,
      board: request?.board ?? 0,
      command: command === null ? null : (COMMAND_NAMES.get(command) ?? String(command)),
      args: request?.args ?? [],
      returnCode: null,
    });
  }

  reply({ sequence, board, returnCode }: BmpReply, context: PacketContext): void {
    const fields = { sequence, board, command: null, args: [], returnCode, overlaps: false };
    this.#add({ ...context, direction: "reply", ...fields });
  }

  /** Entries with a number above that, oldest first, of one BMP or of all. */
  after(number: number, bmp: string | null = null): readonly PacketEntry[] {
    return this.#entries.filter(
      (entry) => entry.number > number && (bmp === null || entry.bmp === bmp),
    );
  }

  #add(entry: Omit<PacketEntry, "number" | "at">): void {
    if (this.#limit === 0) return;
    this.#number++;
    this.#entries.push({ number: this.#number, at: this.now, ...entry });
    // In slices: to shift at each packet would be slow.
    if (this.#entries.length > 2 * this.#limit) this.#entries = this.#entries.slice(-this.#limit);
  }
}
