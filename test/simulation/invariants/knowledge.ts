/**
 * No notification is missed: a client that acts on notifications alone knows the truth as soon as
 * the truth is durable and the client has read all that was sent to it.
 */
import { boardsOf } from "../../../src/domain/allocation.js";
import { type BoardCoordinate, boardCount, boardOfIndex } from "../../../src/domain/board.js";
import type { JobView, MachineView } from "../../../src/engine/contract/api.js";
import { isObject, type Json } from "../../../src/protocol/requests/json.js";
import type { Onlooker } from "../clients/onlooker.js";
import type { Owner } from "../clients/owner.js";
import { isLive } from "../server.js";
import { hold } from "../violation.js";
import type { World } from "../world.js";
import type { Commits } from "./commits.js";

export class Knowledge {
  private readonly lookedAt = new Map<Onlooker, { jobs: Json | null; reportedMark: number }>();

  /** Ids from this one on were given by the server that runs now. */
  private firstNewJobId = 1;

  constructor(
    private readonly world: World,
    private readonly commits: Commits,
  ) {}

  /** A server is about to start on what is on disk. */
  starting(): void {
    this.firstNewJobId = this.world.store.load().counters.nextJobId;
  }

  /** Runs after each step. */
  checkOwner(owner: Owner): void {
    if (!owner.connection?.isQuiet) return;
    for (const jobId of owner.keptAlive) {
      hold(
        owner.notified.has(jobId) || jobId >= this.firstNewJobId,
        () => `${owner.name} keeps job ${jobId} alive, and was not notified of it after the start`,
      );
    }
    for (const jobId of owner.watched) {
      if (!this.commits.isReported(jobId)) continue;
      const belief = owner.jobs.get(jobId);
      const job = this.world.engine.job(jobId);
      const [state, power] = isLive(job) ? [job.state, job.power] : ["ended", null];
      hold(
        belief?.state === state && belief?.power === power,
        () =>
          `${owner.name} watches job ${jobId} and was not told that it is ${state}, power ${power}`,
      );
    }
  }

  /** Runs when all is durable. */
  checkOnlooker(onlooker: Onlooker, jobs: readonly JobView[]): void {
    if (!onlooker.connection?.isQuiet) return;
    const { interest, name } = onlooker;
    // Nothing is durable, and nothing was read, that was not when it was looked at last.
    const { reportedMark } = this.world.store;
    const last = this.lookedAt.get(onlooker);
    if (last?.jobs === onlooker.jobs && last?.reportedMark === reportedMark) return;
    this.lookedAt.set(onlooker, { jobs: onlooker.jobs, reportedMark });
    const lists = (machine: string | null) => {
      const known = listOf(onlooker.jobs).filter(
        (job) => machine === null || job["allocated_machine_name"] === machine,
      );
      const now = jobs.filter(
        ({ placed }) => !machine || placed?.machine.description.name === machine,
      );
      const seen = known.map((job) => textOf(job, machine !== null)).join("\n");
      const truth = now.map((job) => textOf(listed(job), machine !== null)).join("\n");
      const what = machine ?? "all jobs";
      hold(
        seen === truth,
        () => `${name} watches ${what} and knows\n${seen}\ninstead of\n${truth}`,
      );
    };
    if (interest.kind === "jobs") {
      lists(null);
      return;
    }
    for (const view of this.world.engine.machines()) {
      const { name: machine, tags, width, deadLinks } = view.description;
      if (interest.name !== null && interest.name !== machine) continue;
      lists(machine);
      const seen = listOf(onlooker.machines).find((entry) => entry["name"] === machine);
      const truth = JSON.stringify([tags, width, boardsOut(this.world, view), deadLinks]);
      const known = seen && [seen["tags"], seen["width"], seen["dead_boards"], seen["dead_links"]];
      const text = () => `${name} was not told that machine ${machine} changed to ${truth}`;
      hold(JSON.stringify(known) === truth, text);
    }
  }
}

function listOf(list: Json | null): { readonly [key: string]: Json }[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function listed({ jobId, state, power, placed }: JobView): { readonly [key: string]: Json } {
  return {
    job_id: jobId,
    state,
    power,
    allocated_machine_name: placed?.machine.description.name ?? null,
    boards: placed && boardsOf(placed.allocation, placed.machine.description),
  };
}

/** Watchers of machines are told where jobs are, not how they are. */
function textOf(job: { readonly [key: string]: Json }, placeOnly: boolean): string {
  const place = [job["job_id"], job["allocated_machine_name"], job["boards"]];
  return JSON.stringify(placeOnly ? place : [...place, job["state"], job["power"]]);
}

/** Dead boards, and those withheld that no job has: as the bitmaps and the jobs say. */
function boardsOut({ engine }: World, { description }: MachineView): BoardCoordinate[] {
  const machine = engine["state"].machines.find(({ name }) => name === description.name)!;
  const dead = new Set(description.deadBoards.map(String));
  const all = Array.from({ length: boardCount(description) }, (_, index) =>
    boardOfIndex(index, description),
  );
  return all.filter(
    (board) =>
      dead.has(String(board)) ||
      (machine.bitmaps.isWithheld(board) && machine.placed.at(board) === null),
  );
}
