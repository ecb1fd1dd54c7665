/**
 * What BMPs show without being ordered: that they fell silent, answer again, or have a board that is
 * unexpectedly off, was reset by somebody else, or is on without being up for a job.
 */
import type { MachineDescription } from "../../src/domain/machine.js";
import type { BmpObservation } from "../../src/engine/contract/ports.js";
import type { SimulatedClock } from "./clock.js";
import type { Pauses } from "./pauses.js";
import { frameOf } from "./positions.js";

export class ObservationDesk {
  /** Machines by id, as the server knows them. */
  readonly machines = new Map<number, MachineDescription>();
  /** Frames whose BMPs do not answer. */
  readonly silent = new Set<string>();
  /** Positions of boards that went off, of which this server was not told. */
  readonly unexpectedlyOff = new Set<string>();
  /** Positions of boards that are on, and were reset: their links are open. */
  readonly open = new Set<string>();
  /**
   * Positions of boards that somebody powered on, and that no order has switched since; each with the
   * elapsed time when the server was last told, or null.
   */
  readonly onByHand = new Map<string, number | null>();
  onObservation: (observation: BmpObservation) => void = () => {};
  /** Called before the server is told. */
  beforeObservation: (observation: BmpObservation) => void = () => {};
  /** Addresses whose silence an order has met: the server hears of it, even if it is over by then. */
  private readonly met = new Set<string>();
  /** Addresses that the server takes for silent. */
  private readonly toldSilent = new Set<string>();

  constructor(
    private readonly powered: Set<string>,
    private readonly pauses: Pauses,
    private readonly clock: SimulatedClock,
  ) {}

  /** A board loses its power; nobody knows yet. */
  goDark(place: string): void {
    this.open.delete(place);
    this.onByHand.delete(place);
    if (this.powered.delete(place)) this.unexpectedlyOff.add(place);
  }

  /** Somebody powers a board on that is off. */
  powerOn(place: string): void {
    if (this.powered.has(place)) return;
    this.powered.add(place);
    this.onByHand.set(place, null);
    this.unexpectedlyOff.delete(place);
    // It came up with all of its links open.
    this.open.add(place);
  }

  /** What a look at a board shows that is on and not known to be up for a job; null for any other. */
  foundOn(place: string): BmpObservation | null {
    const frame = frameOf(place);
    const bmp = this.addressOf(frame);
    const board = Number(place.slice(place.lastIndexOf(",") + 1));
    if (bmp === undefined || this.silent.has(frame) || !this.powered.has(place)) return null;
    if (this.pauses.isKnownUp(bmp, board)) return null;
    return { kind: "boardOn", bmp, board, reason: `board at ${place} is on` };
  }

  /** Somebody resets a board that is on. */
  reset(place: string): void {
    if (this.powered.has(place)) this.open.add(place);
  }

  /** An order met a silent BMP. */
  meetSilence(bmp: string): void {
    if (!this.toldSilent.has(bmp)) this.met.add(bmp);
  }

  /** An order brought a board into the state it is to be in. */
  changed(place: string): void {
    this.unexpectedlyOff.delete(place);
    this.open.delete(place);
    this.onByHand.delete(place);
  }

  /** What there is to tell, in no particular order. */
  get untold(): BmpObservation[] {
    const boards = this.unexpectedlyOff.size + this.open.size + this.onByHand.size;
    if (this.silent.size + this.met.size + this.toldSilent.size + boards === 0) return [];
    const observations: BmpObservation[] = [];
    const isSilent = new Map<string, boolean>();
    for (const { bmpIps } of this.machines.values()) {
      for (const [frame, bmp] of bmpIps) {
        isSilent.set(bmp, this.silent.has(`${frame}`) || this.met.has(bmp));
      }
    }
    for (const [bmp, silent] of isSilent) {
      if (silent === this.toldSilent.has(bmp)) continue;
      const reason = `BMP ${bmp} does not answer`;
      observations.push(silent ? { kind: "silent", bmp, reason } : { kind: "answering", bmp });
    }
    for (const place of [...this.unexpectedlyOff, ...this.open]) {
      const bmp = this.addressOf(frameOf(place));
      if (bmp === undefined || isSilent.get(bmp)) continue;
      const board = Number(place.slice(place.lastIndexOf(",") + 1));
      if (this.unexpectedlyOff.has(place))
        observations.push({ kind: "boardOff", bmp, board, reason: `board at ${place} is off` });
      else if (this.pauses.isKnownUp(bmp, board))
        observations.push({
          kind: "boardReset",
          bmp,
          board,
          reason: `board at ${place} was reset`,
        });
    }
    for (const [place, toldAtMs] of this.onByHand) {
      // The next look at it is a round of health later.
      const found = toldAtMs === this.clock.elapsedMs() ? null : this.foundOn(place);
      if (found !== null) observations.push(found);
    }
    return observations;
  }

  tell(observation: BmpObservation): void {
    const { bmp } = observation;
    if (observation.kind === "silent") {
      this.toldSilent.add(bmp);
      this.met.delete(bmp);
    } else if (observation.kind === "answering") this.toldSilent.delete(bmp);
    else if (observation.kind === "boardOn") {
      for (const place of this.onByHand.keys()) {
        if (this.isAt(place, bmp, observation.board))
          this.onByHand.set(place, this.clock.elapsedMs());
      }
    } else
      for (const place of [...this.unexpectedlyOff, ...this.open]) {
        if (!this.isAt(place, bmp, observation.board)) continue;
        if (this.unexpectedlyOff.delete(place)) this.pauses.wentOff({ place, bmp });
        // Its links are stopped again before the server is told.
        this.open.delete(place);
      }
    this.beforeObservation(observation);
    this.onObservation(observation);
  }

  /** The next server knows nothing, and looks at the boards of its jobs by itself. */
  serverDied(): void {
    this.machines.clear();
    this.toldSilent.clear();
    this.met.clear();
    this.unexpectedlyOff.clear();
  }

  private isAt(place: string, bmp: string, board: number): boolean {
    return place.endsWith(`,${board}`) && this.addressOf(frameOf(place)) === bmp;
  }

  private addressOf(frame: string): string | undefined {
    for (const { bmpIps } of this.machines.values()) {
      const found = bmpIps.find(([position]) => position.join() === frame);
      if (found) return found[1];
    }
    return undefined;
  }
}
