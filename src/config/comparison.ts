/**
 * What a reload changed about a machine.
 *
 *   same      nothing
 *   adjusted  tags, dead boards or dead links: its jobs go on
 *   replaced  size, or the position or address of a board in use: it is removed and added anew
 *
 * Only boards that are live count as in use. Operators who take a board out often delete all its
 * lines, and add them again when it is back; so a position or address that comes or goes with its
 * board is an adjustment. What must not happen is that a board goes on under its coordinates while
 * its position, address or BMP changed, or that its position or address went to another board.
 */
import type { MachineDescription } from "../domain/machine.js";

export type MachineChange = "same" | "adjusted" | "replaced";

/** Compares two descriptions of the machine of one name; the order of entries does not matter. */
export function compareMachines(
  before: MachineDescription,
  after: MachineDescription,
): MachineChange {
  if (before.width !== after.width || before.height !== after.height) return "replaced";
  if (LAYOUT.every((entries) => isSameInOrder(before[entries], after[entries]))) {
    return fingerprint(before, CONDITION) === fingerprint(after, CONDITION) ? "same" : "adjusted";
  }
  const [was, is] = [inUse(before), inUse(after)];
  if (!agree(was.positions, is.positions)) return "replaced";
  if (!agree(was.addresses, is.addresses)) return "replaced";
  if (!agreeOneWay(was.bmps, is.bmps)) return "replaced";
  const all = [...CONDITION, ...LAYOUT];
  return fingerprint(before, all) === fingerprint(after, all) ? "same" : "adjusted";
}

const CONDITION = ["tags", "deadBoards", "deadLinks"] as const;
const LAYOUT = ["boardLocations", "bmpIps", "spinnakerIps"] as const;

/**
 * Whether lists of lists of numbers and strings are alike. Most reloads leave the layout as it is, and
 * that of a large machine has some 100,000 entries, which must not hold anybody up.
 */
function isSameInOrder(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!isSameInOrder(a[i], b[i])) return false;
  return true;
}

interface InUse {
  /** Position and address of each live board. */
  readonly positions: ReadonlyMap<string, string>;
  readonly addresses: ReadonlyMap<string, string>;
  /** BMP address of each frame that holds a live board. */
  readonly bmps: ReadonlyMap<string, string>;
}

function inUse(machine: MachineDescription): InUse {
  const dead = new Set(machine.deadBoards.map(String));
  const live = machine.boardLocations.filter(([board]) => !dead.has(String(board)));
  const frames = new Set(live.map(([, [cabinet, frame]]) => `${cabinet},${frame}`));
  const addressed = machine.spinnakerIps.filter(([board]) => !dead.has(String(board)));
  const powered = machine.bmpIps.filter(([frame]) => frames.has(String(frame)));
  return {
    positions: new Map(live.map(([board, position]) => [String(board), String(position)])),
    addresses: new Map(addressed.map(([board, address]) => [String(board), address])),
    bmps: new Map(powered.map(([frame, address]) => [String(frame), address])),
  };
}

/** Whether no key changed its value and no value its key. */
function agree(was: ReadonlyMap<string, string>, is: ReadonlyMap<string, string>): boolean {
  return agreeOneWay(was, is) && agreeOneWay(inverse(was), inverse(is));
}

function agreeOneWay(was: ReadonlyMap<string, string>, is: ReadonlyMap<string, string>): boolean {
  return [...was].every(([key, value]) => (is.get(key) ?? value) === value);
}

function inverse(map: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...map].map(([key, value]) => [value, key]));
}

/** Parts of a description as one string, whatever the order of their entries. */
function fingerprint(
  machine: MachineDescription,
  parts: readonly ((typeof CONDITION)[number] | (typeof LAYOUT)[number])[],
): string {
  return parts
    .map((part) => JSON.stringify(machine[part].map((entry) => JSON.stringify(entry)).sort()))
    .join("\n");
}
