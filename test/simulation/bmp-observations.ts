/**
 * What BMPs show without being ordered: that they fell silent, answer again, or have a board that is
 * unexpectedly off, or was reset by somebody else.
 */
import type { MachineDescription } from "../../src/domain/machine.js";
import type { BmpObservation } from "../../src/engine/contract/ports.js";
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
  ) {}

  /** A board loses its power; nobody knows yet. */
  goDark(place: string): void {
    this.open.delete(place);
    if (this.powered.delete(place)) this.unexpectedlyOff.add(place);
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
  }

  /** What there is to tell, in no particular order. */
  get untold(): BmpObservation[] {
    const boards = this.unexpectedlyOff.size + this.open.size;
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
    return observations;
  }

  tell(observation: BmpObservation): void {
    const { bmp } = observation;
    if (observation.kind === "silent") {
      this.toldSilent.add(bmp);
      this.met.delete(bmp);
    } else if (observation.kind === "answering") this.toldSilent.delete(bmp);
    else
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
