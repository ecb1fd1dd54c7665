/** All that must always hold, put around a world: it looks on and throws a Violation. */
import type { Onlooker } from "../clients/onlooker.js";
import type { Owner } from "../clients/owner.js";
import { hold } from "../violation.js";
import type { World } from "../world.js";
import { Boards } from "./boards.js";
import { Commits } from "./commits.js";
import { Events } from "./events.js";
import { Fairness } from "./fairness.js";
import { Keepalives } from "./keepalives.js";
import { Knowledge } from "./knowledge.js";
import { Ledger } from "./ledger.js";
import { PausesKept } from "./pauses.js";
import { Possibilities } from "./possibilities.js";
import { Power } from "./power.js";
import { Quarantined } from "./quarantined.js";
import { Queues } from "./queues.js";

export class Invariants {
  private readonly commits: Commits;
  private readonly events: Events;
  private readonly quarantined: Quarantined;
  private readonly boards: Boards;
  private readonly keepalives: Keepalives;
  private readonly ledger: Ledger;
  private readonly power: Power;
  private readonly pauses: PausesKept;
  private readonly queues: Queues;
  private readonly fairness: Fairness;
  private readonly knowledge: Knowledge;

  constructor(
    private readonly world: World,
    private readonly owners: readonly Owner[],
    private readonly onlookers: readonly Onlooker[],
  ) {
    const possibilities = new Possibilities(world);
    this.commits = new Commits(world);
    this.events = new Events(world);
    this.quarantined = new Quarantined(world);
    this.boards = new Boards(world);
    this.keepalives = new Keepalives(world);
    this.ledger = new Ledger(world, this.keepalives, possibilities);
    this.power = new Power(world);
    this.pauses = new PausesKept(world);
    this.queues = new Queues(world, possibilities);
    this.fairness = new Fairness(world, possibilities);
    this.knowledge = new Knowledge(world, this.commits);
    this.look();
  }

  /** An operator ended the grace of all jobs. */
  graceEnded(): void {
    this.keepalives.graceEnded();
  }

  /** The server died; `cold`: and the operator threw the state away. */
  died(cold: boolean): void {
    this.ledger.died();
    this.quarantined.died();
    this.power.died();
    this.commits.restarted();
    this.boards.restarted();
    this.fairness.restarted();
    if (!cold) return;
    this.ledger.cleared();
    this.quarantined.cleared();
  }

  /** All boards are mended, and time has passed: nothing may be left of what any server began. */
  finished(): void {
    this.power.finished();
  }

  private check(): void {
    const { world } = this;
    this.commits.check();
    this.events.check();
    const jobs = [...world.engine.jobs()];
    this.ledger.check(jobs);
    this.queues.check(jobs);
    this.fairness.check();
    for (const owner of this.owners) this.knowledge.checkOwner(owner);
    if (world.clock.turnIsOpen) return;
    this.boards.check(jobs);
    this.keepalives.check(jobs);
    if (world.store.hasWaiting) return;
    for (const onlooker of this.onlookers) this.knowledge.checkOnlooker(onlooker, jobs);
    if (!world.isQuiet) return;
    this.power.checkQuiet(jobs);
    if (world.stopping === "no") this.queues.checkQuiet();
    else hold(world.stopping === "done", () => "all is done, and the server does not stop");
  }

  private look(): void {
    const { world, commits, quarantined, keepalives, ledger, power, pauses } = this;
    const { store, bmps } = world;
    const onCommit = store.onCommit;
    store.onCommit = (changes, mark) => {
      onCommit(changes, mark);
      commits.accepted(changes, mark);
      quarantined.accepted(changes);
    };
    bmps.onSubmit = (submitted) => {
      world.noteOrder(submitted.order);
      power.submitted(submitted);
    };
    bmps.onPower = (place, on) => pauses.powered(place, on);
    bmps.onReport = ({ outcome, ...submitted }) => {
      for (const { reason } of outcome.failures) ledger.failed(reason);
      power.reported(submitted, outcome);
    };
    bmps.observations.beforeObservation = (observation) => {
      if (observation.kind !== "answering") ledger.failed(observation.reason);
    };
    world.onConfiguration = () => {
      const { secondsBeforeFree, timeoutCheckInterval } = world.configuration;
      power.configured(secondsBeforeFree * 1000);
      pauses.configured(secondsBeforeFree * 1000);
      keepalives.configured(timeoutCheckInterval * 1000);
    };
    world.onAbsence = (ms) => keepalives.absent(ms);
    world.beforeStart = () => {
      this.events.starting();
      this.knowledge.starting();
    };
    world.onEvents = (events) => this.events.follow(events);
    world.afterStart = () => {
      keepalives.started();
      power.started();
      if (world.coldStart !== null) power.startedCold(world.coldStart);
      pauses.started();
    };
    world.afterStep = () => this.check();
    world.witness = {
      asked: (request) => {
        world.note(() => `asked: ${request.command}(${JSON.stringify(request.args ?? [])})`);
        keepalives.asked(request);
        ledger.asked(request);
      },
      answered: (request, answer) => {
        const refused = answer.line.startsWith('{"exception"');
        // A server whose disk writes nothing takes no new jobs.
        const excused = request.command === "create_job" && store.hasWaiting;
        hold(!refused || excused, () => `${request.command} is refused: ${answer.line}`);
        return commits.neededFor(request, answer);
      },
      sent: (request, { line }, needs) => {
        world.note(() => `answered: ${request.command} ${line.trimEnd()}`);
        commits.sent(request, needs);
        const value = JSON.parse(line).return;
        keepalives.sent(request, value);
        ledger.sent(request, value);
      },
      lost: (request, { line }) => {
        world.note(() => `never answered: ${request.command} ${line.trimEnd()}`);
        ledger.lost(JSON.parse(line).return);
      },
      told: (changes) => {
        world.note(
          () => `watchers of jobs ${changes.jobs} and machines ${changes.machines} are told`,
        );
        commits.told(changes);
      },
    };
  }
}
