/**
 * A board in quarantine stays there until it is released, wherever a reload or a start moves it in
 * its machine. Held against each change set: what was recorded before it, and what is with it.
 */
import { boardCount, boardOfIndex } from "../../../src/domain/board.js";
import type { MachineDescription } from "../../../src/domain/machine.js";
import type { ChangeSet, QuarantineRecord } from "../../../src/engine/contract/records.js";
import { positionIfAny } from "../positions.js";
import { Records } from "../records.js";
import { hold } from "../violation.js";
import type { World } from "../world.js";

export class Quarantined {
  /** Configurations applied since the last change set. */
  private configurations = 0;
  private isCleared = false;

  constructor(private readonly world: World) {}

  configured(): void {
    this.configurations += 1;
  }

  died(): void {
    this.configurations = 0;
  }

  /** A cold start forgets quarantine with its first change set. */
  cleared(): void {
    this.isCleared = true;
  }

  /** Runs before the set joins the accepted ones. */
  accepted(changes: ChangeSet): void {
    const { configurations } = this;
    this.configurations = 0;
    if (this.isCleared) {
      this.isCleared = false;
      return;
    }
    const before = this.world.store.accepted;
    // Of several configurations one in between may not have had the board, and so forgot it.
    if (configurations > 1 || before.quarantine.rows.size === 0) return;
    const { put, delete: deleted } = changes.quarantine;
    if (configurations + put.length + deleted.length === 0) return;
    const after = new Records();
    after.become(before);
    after.apply(changes);
    const isHeldOrReleased = new Set(
      [...after.quarantine.rows.values()]
        .filter(({ active, history }) => active || history.at(-1)?.kind === "released")
        .map((record) => placeOfRecord(record, after)),
    );
    for (const record of before.quarantine.rows.values()) {
      const place = record.active ? placeOfRecord(record, before) : null;
      if (place === null || !hasPlace(running(record.machineName, after), place)) continue;
      hold(
        isHeldOrReleased.has(place),
        () => `the board at ${place} is not in quarantine any more, and was not released`,
      );
    }
  }
}

function running(name: string, { machines }: Records): MachineDescription | undefined {
  const found = [...machines.rows.values()].find(
    ({ priority, description }) => priority !== null && description.name === name,
  );
  return found?.description;
}

/** Null when no machine that runs has the board, or it has no position. */
function placeOfRecord({ machineName, board }: QuarantineRecord, records: Records): string | null {
  const machine = running(machineName, records);
  if (machine === undefined || board >= boardCount(machine)) return null;
  return positionIfAny(boardOfIndex(board, machine), machine);
}

function hasPlace(machine: MachineDescription | undefined, place: string): boolean {
  return machine?.boardLocations.some(([, at]) => at.join() === place) === true;
}
