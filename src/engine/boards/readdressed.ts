/**
 * Frames that a reload gives another BMP: one that was not there before, while the former one is gone. What
 * is known of their boards goes with them, and so do the machines that were removed with boards still on
 * their way: what becomes of these boards is known, from then on, under the names that others have for them.
 */
import type { FramePosition, MachineDescription } from "../../domain/machine.js";
import type { EngineState } from "../state/engine-state.js";
import type { LiveMachine } from "../state/live-job.js";

interface NamedFrame {
  readonly machine: string;
  /** Null where it is not known. */
  readonly frame: readonly number[] | null;
}

/** By which BMPs frames are known after a reload. */
export class FrameSuccessors {
  /** The frames of the BMPs before the reload. */
  private readonly before = new Map<string, NamedFrame>();
  private readonly bmpsAfter: ReadonlySet<string>;
  private readonly after: ReadonlyMap<string, MachineDescription>;

  constructor(running: readonly MachineDescription[], machines: readonly MachineDescription[]) {
    for (const { name: machine, bmpIps } of running) {
      for (const [frame, bmp] of bmpIps) this.before.set(bmp, { machine, frame });
    }
    this.bmpsAfter = new Set(machines.flatMap(({ bmpIps }) => bmpIps.map(([, bmp]) => bmp)));
    this.after = new Map(machines.map((machine) => [machine.name, machine]));
  }

  /** @param lastKnown where the frame was when a machine last had it, in case that none has it any more */
  bmpAfter(bmp: string, lastKnown: NamedFrame): string {
    if (this.bmpsAfter.has(bmp)) return bmp;
    const { machine, frame } = this.before.get(bmp) ?? lastKnown;
    const now = this.after.get(machine);
    const successor = now && frame && bmpOfFrame(now, frame);
    return successor && !this.before.has(successor) ? successor : bmp;
  }
}

export function bmpOfFrame(
  { bmpIps }: MachineDescription,
  [cabinet, frame]: readonly number[],
): string | null {
  return bmpIps.find(([[c, f]]) => c === cabinet && f === frame)?.[1] ?? null;
}

/**
 * Has machines that are removed, or will be, know their frames by the BMPs that these have after the reload.
 * Their orders still go by the former addresses, behind those that are under way there, until a restart.
 * @param running the machines before the reload
 */
export function followFrames(
  state: EngineState,
  removed: readonly LiveMachine[],
  running: readonly MachineDescription[],
  machines: readonly MachineDescription[],
): void {
  const successors = new FrameSuccessors(running, machines);
  for (const machine of removed) {
    const { name, bmpIps } = machine.description;
    const own = new Set(bmpIps.map(([, bmp]) => bmp));
    const followed = bmpIps.map(([frame, bmp]): readonly [FramePosition, string] => {
      const successor = successors.bmpAfter(bmp, { machine: name, frame });
      return [frame, own.has(successor) ? bmp : successor];
    });
    if (followed.every(([, bmp]) => own.has(bmp))) continue;
    machine.changeInPlace({ ...machine.description, bmpIps: followed });
    state.journal.machines.put(machine.machineId, () => machine.record());
    state.journal.wake();
  }
}
