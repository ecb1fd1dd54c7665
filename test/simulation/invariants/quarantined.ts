/**
 * A board is what is bolted in at its place, whatever it is called: one in quarantine stays there until it
 * is released, and is given to no job under any name or coordinate, nor is one that may be on. Held against
 * each change set: what was recorded until then, and the boards that jobs get with it.
 *
 * One thing passes: of a board whose machine has got another name and its frame another BMP since, nobody
 * could tell that it is the same.
 */
import type {
  ChangeSet,
  JobRecord,
  QuarantineRecord,
} from "../../../src/engine/contract/records.js";
import { frameOf, positionsOf } from "../positions.js";
import { Records } from "../records.js";
import { hold } from "../violation.js";
import type { World } from "../world.js";

/** How a board was last known, by its place. */
type Known = Map<string, Pick<QuarantineRecord, "bmp" | "machineName">>;

export class Quarantined {
  private readonly active: Known = new Map();
  private readonly mayBeOn: Known = new Map();

  constructor(private readonly world: World) {}

  /** What was not on disk is gone. */
  died(): void {
    this.cleared();
    this.note(this.world.store.reported.quarantine.rows.values());
  }

  /** A cold start forgets quarantine with its first change set. */
  cleared(): void {
    this.active.clear();
    this.mayBeOn.clear();
  }

  /** Runs before the set joins the accepted ones. */
  accepted(changes: ChangeSet): void {
    const before = this.world.store.accepted;
    const after = new Records();
    after.become(before);
    after.apply(changes);
    for (const job of changes.jobs.put) {
      const had = before.jobs.get(job.jobId)?.placement;
      if (job.placement !== null && !had) this.checkBoards(job, job.placement, after);
    }
    this.note(changes.quarantine.put);
    const rows = [...after.quarantine.rows.values()];
    const isActive = new Set(rows.filter(({ active }) => active).map(placeOf));
    for (const place of this.active.keys()) {
      hold(
        isActive.has(place),
        () => `the board at ${place} is not in quarantine any more, and was not released`,
      );
    }
  }

  private note(rows: Iterable<QuarantineRecord>): void {
    for (const row of rows) {
      const place = placeOf(row);
      const { bmp, machineName } = row;
      if (row.active) this.active.set(place, { bmp, machineName });
      else if (row.history.at(-1)?.kind === "released") this.active.delete(place);
      if (row.mayBeOn) this.mayBeOn.set(place, { bmp, machineName });
      else this.mayBeOn.delete(place);
    }
  }

  private checkBoards(
    { jobId }: JobRecord,
    { machineId, allocation }: NonNullable<JobRecord["placement"]>,
    { machines }: Records,
  ): void {
    const { description } = machines.get(machineId)!;
    for (const place of positionsOf(allocation, description)) {
      const bmp = description.bmpIps.find(([frame]) => frame.join() === frameOf(place))?.[1];
      for (const [known, what] of [
        [this.active, "in quarantine"],
        [this.mayBeOn, "may be on"],
      ] as const) {
        const last = known.get(place);
        const isTheSame = last?.bmp === bmp || last?.machineName === description.name;
        hold(
          last === undefined || !isTheSame,
          () => `job ${jobId} gets the board at ${place}, which is ${what}`,
        );
      }
    }
  }
}

function placeOf({ position }: QuarantineRecord): string {
  return position!.join();
}
