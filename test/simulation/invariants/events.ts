/**
 * The events tell the whole truth: a replica that follows them knows what the committed records say,
 * after each commit that was reported.
 */
import type { EngineEvent } from "../../../src/engine/contract/events.js";
import { Replica } from "../replica.js";
import { hold } from "../violation.js";
import type { World } from "../world.js";

export class Events {
  private replica: Replica | null = null;
  private checkedMark = 0;

  constructor(private readonly world: World) {}

  /** A server is about to start on what is on disk. */
  starting(): void {
    const { store, coldStart } = this.world;
    this.replica = new Replica(coldStart?.kept ?? store.load());
    this.checkedMark = 0;
  }

  follow(events: readonly EngineEvent[]): void {
    this.replica!.follow(events);
  }

  /** Of each change set, once it is reported and its events were told. */
  check(): void {
    const { store, engine } = this.world;
    if (store.reportedMark === this.checkedMark) return;
    this.checkedMark = store.reportedMark;
    const replica = this.replica!;
    const saved = store.reported.saved();
    same("jobs", saved.jobs, new Replica(saved).jobs, replica.jobs);
    same("quarantine", saved.quarantine, new Replica(saved).boards, replica.boards);
    same("cooldowns", saved.cooldowns, new Replica(saved).cooldowns, replica.cooldowns);
    for (const { jobId, reason } of saved.endedJobs) {
      const told = replica.ended.get(jobId);
      hold(
        told === undefined || told === JSON.stringify(reason),
        () => `job ${jobId} is recorded as ended, ${JSON.stringify(reason)}, but told as ${told}`,
      );
    }
    if (store.hasWaiting || engine.currentMark() !== engine.durableMark()) return;
    sameBmps("silent", engine["state"].silentBmps, replica.silentBmps);
    sameBmps("under suspicion", engine["state"].suspectBmps, replica.suspectBmps);
  }
}

function same<Value>(
  what: string,
  rows: readonly unknown[],
  recorded: ReadonlyMap<unknown, Value>,
  told: ReadonlyMap<unknown, Value>,
): void {
  hold(
    recorded.size === told.size,
    () => `${rows.length} ${what} are recorded, events told of ${told.size}`,
  );
  for (const [key, value] of recorded) {
    const [record, event] = [JSON.stringify(value), JSON.stringify(told.get(key))];
    hold(record === event, () => `${what}, ${key}: recorded is ${record}, told was ${event}`);
  }
}

function sameBmps(
  what: string,
  are: ReadonlyMap<string, unknown>,
  told: ReadonlySet<string>,
): void {
  const texts = [are, told].map((bmps) => [...bmps.keys()].sort().join());
  hold(texts[0] === texts[1], () => `BMPs ${texts[0]} are ${what}; told were ${texts[1]}`);
}
