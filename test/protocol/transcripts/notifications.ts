/**
 * Notifications of one client. How many there are, and between which answers they come, need not
 * agree; that a watcher is notified of what it watches, and of nothing else, must.
 */
import type { Json, JsonObject } from "../../../src/protocol/requests/json.js";

type Kind = "jobs_changed" | "machines_changed";

export const KINDS: readonly Kind[] = ["jobs_changed", "machines_changed"];

export class Notices {
  private readonly fresh = new Set<string>();
  private readonly watched = { jobs_changed: new Set<Json>(), machines_changed: new Set<Json>() };
  /** Jobs that were created while nobody watched them. */
  private readonly unseen = new Set<number>();
  private readonly watchesAll = { jobs_changed: false, machines_changed: false };

  /** Takes in a notification of ours; says what is wrong with it, or null. */
  told(line: JsonObject): string | null {
    for (const kind of KINDS) {
      for (const what of (line[kind] ?? []) as Json[]) {
        this.fresh.add(`${kind} ${what}`);
        if (!this.watchesAll[kind] && !this.watched[kind].has(what)) {
          return `told of ${what} without watching it`;
        }
      }
    }
    return null;
  }

  /** Which of the recorded notification's jobs and machines were not notified yet. */
  missing(line: JsonObject, toOurs: (jobId: number) => number): string[] {
    return KINDS.flatMap((kind) =>
      ((line[kind] ?? []) as Json[])
        .map((what) => `${kind} ${kind === "jobs_changed" ? toOurs(what as number) : what}`)
        .filter((what) => !this.fresh.has(what)),
    );
  }

  /** What was told so far says nothing of what is done from now on. */
  forget(): void {
    this.fresh.clear();
  }

  jobCreated(jobId: number): void {
    const { watchesAll, watched } = this;
    if (!watchesAll.jobs_changed && !watched.jobs_changed.has(jobId)) this.unseen.add(jobId);
  }

  /** Whether the job was created unwatched, and so may have become ready unwatched as well. */
  mayHaveMissed(jobId: number): boolean {
    return this.unseen.has(jobId);
  }

  /** A request was sent: what it begins to watch may be notified from now on. */
  sent({ command, args }: JsonObject): void {
    const what = Array.isArray(args) ? (args[0] ?? null) : null;
    if (command === "notify_job") this.watch("jobs_changed", what);
    if (command === "notify_machine") this.watch("machines_changed", what);
  }

  /** A request was answered: what it no longer watches must not be notified from now on. */
  answered({ command, args }: JsonObject): void {
    const what = Array.isArray(args) ? (args[0] ?? null) : null;
    if (command === "no_notify_job") this.unwatch("jobs_changed", what);
    if (command === "no_notify_machine") this.unwatch("machines_changed", what);
  }

  private watch(kind: Kind, what: Json): void {
    if (what === null) this.watchesAll[kind] = true;
    else this.watched[kind].add(what);
  }

  private unwatch(kind: Kind, what: Json): void {
    if (what !== null) {
      this.watched[kind].delete(what);
      return;
    }
    this.watchesAll[kind] = false;
    this.watched[kind].clear();
  }
}
