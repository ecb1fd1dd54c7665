/**
 * What a reload did, told in lines by two witnesses: the plan, and the difference between the states
 * before and after. Neither knows of the other.
 */
import { type Allocation, boardsOf } from "../../src/domain/allocation.js";
import { boardIndex } from "../../src/domain/board.js";
import { otherEnd } from "../../src/domain/links.js";
import type { DeadLink, MachineDescription } from "../../src/domain/machine.js";
import type { QuarantineRecord } from "../../src/engine/contract/records.js";
import type { ReloadPlan } from "../../src/engine/contract/reload-plan.js";
import type { EngineState } from "../../src/engine/state/engine-state.js";

const END_REASONS = {
  machineRemoved: "Machine removed.",
  noSuitableMachine: "Cancelled: No suitable machines available.",
};

/**
 * The lines of a plan, sorted.
 * @param machineOf a running machine by its name
 */
export function toldBy(
  plan: ReloadPlan,
  machineOf: (name: string) => MachineDescription,
): string[] {
  const leaving = [...plan.removed, ...plan.replaced];
  const idOf = (name: string | null) => leaving.find((each) => each.name === name)?.machineId;
  const replaced = plan.replaced.map(({ name }) => name);
  return [
    ...plan.settings.map(({ field, from, to }) => `setting ${field}: ${from}, now ${to}`),
    ...plan.added.map(
      ({ name, width, height, priority }) =>
        `machine ${name} added: ${width} × ${height}, priority ${priority}`,
    ),
    ...plan.changed.flatMap(({ name, changes }) => {
      const { tags, deadBoards, deadLinks, positions, addresses, bmps } = changes;
      const lines = [
        ...tags.added.map((tag) => `has tag ${tag}`),
        ...tags.removed.map((tag) => `has no tag ${tag}`),
        ...deadBoards.added.map(({ coordinates }) => `has dead board ${coordinates}`),
        ...deadBoards.removed.map(({ coordinates }) => `has no dead board ${coordinates}`),
        ...deadLinks.added.map(({ board, link }) => `has dead link ${board.coordinates},${link}`),
        ...deadLinks.removed.map(
          ({ board, link }) => `has no dead link ${board.coordinates},${link}`,
        ),
        ...positions.map(
          ({ board, from, to }) => `position ${board.coordinates}: ${from}, now ${to}`,
        ),
        ...addresses.map(
          ({ board, from, to }) => `address ${board.coordinates}: ${from}, now ${to}`,
        ),
        ...bmps.map(({ frame, from, to }) => `bmp ${frame}: ${from}, now ${to}`),
      ];
      return lines.map((line) => `machine ${name} ${line}`);
    }),
    ...leaving.map(
      ({ name, machineId, isForgotten }) =>
        `machine ${name}, id ${machineId}, ${replaced.includes(name) ? "replaced" : "removed"}` +
        `${isForgotten ? " and forgotten" : ""}`,
    ),
    ...plan.priorities.map(({ machine, from, to }) => `priority of ${machine}: ${from}, now ${to}`),
    ...plan.endedJobs.map(
      ({ jobId, owner, machine, reason }) =>
        `job ${jobId} of ${owner} for ${machine} ends: ${END_REASONS[reason]}`,
    ),
    ...plan.endedJobs
      .filter(({ reason }) => reason === "machineRemoved")
      .map(({ jobId, machine }) => `boards of job ${jobId} powered off, machine ${idOf(machine)}`),
    ...plan.quarantine.map(
      ({ bmp, number, newBmp, newNumber, to }) =>
        `quarantine of ${bmp} ${number}: now ${newBmp} ${newNumber}, ${to ? `${to.machine} ${to.index}` : "with no machine"}`,
    ),
    ...plan.endedJobs
      .filter(({ reason }) => reason === "machineRemoved")
      .map(({ machine }) => `order for machine ${idOf(machine)}`),
    ...plan.powerOffs.map(({ machineId }) => `order for machine ${machineId}`),
    ...plan.powerOffs.map(
      ({ machineId, board }) => `board ${board.coordinates} powered off, machine ${machineId}`,
    ),
    ...plan.cooldowns.map(
      ({ machineId, board }) => `board ${board.coordinates} cools down, machine ${machineId}`,
    ),
    ...plan.keptLinks.map(({ machine, link: { board, link }, isDead, jobId }) => {
      const [x, y, z] = board.coordinates;
      const cable = cableText([x, y, z, link], machineOf(machine));
      return `job ${jobId} keeps cable ${cable}, ${isDead ? "dead" : "dead no more"}`;
    }),
    ...plan.waits.flatMap(({ machine, waitsFor }) =>
      waitsFor.map(({ machineId }) => `machine ${machine} waits for ${machineId}`),
    ),
  ].sort();
}

/** All that a reload may change, as it was at a moment. */
export class Picture {
  readonly settings;
  readonly running;
  readonly machineIds;
  readonly jobs;
  readonly quarantine;
  readonly cooldowns;
  readonly orders;

  constructor(state: EngineState) {
    this.settings = new Map(state.settings.configured);
    this.running = new Map(
      state.machines.map((machine) => {
        const { machineId, priority, description } = machine;
        const waitsFor = new Set(machine.waitsFor);
        const bitmaps = new Int32Array(machine.bitmaps.buffer).join();
        return [machine.name, { machineId, priority, description, waitsFor, bitmaps }];
      }),
    );
    this.machineIds = new Set(state.machinesById.keys());
    this.jobs = new Map(
      [...state.jobs.values()].map((job) => {
        const { jobId, owner, machineName, placement } = job;
        const machine = placement ? placement.machine.name : machineName;
        return [jobId, { owner, machine, placement }];
      }),
    );
    this.quarantine = new Map(
      [...state.quarantine].map(([key, record]) => [
        key,
        { record, place: placeOf(state, record) },
      ]),
    );
    this.cooldowns = new Map(state.cooldowns);
    this.orders = new Map([...state.orders].map(([id, { machine }]) => [id, machine.machineId]));
  }
}

/**
 * The lines of what differs, sorted.
 * @param ended Jobs that ended, by id, and what their clients are told.
 */
export function foundBetween(
  before: Picture,
  after: Picture,
  ended: ReadonlyMap<number, string | null>,
): string[] {
  const lines: string[] = [];
  for (const [field, value] of after.settings) {
    const from = before.settings.get(field);
    if (from !== value) lines.push(`setting ${field}: ${from}, now ${value}`);
  }
  for (const [name, now] of after.running) {
    const { machineId, priority, description, waitsFor, bitmaps } = now;
    const was = before.running.get(name);
    if (was === undefined) {
      const { width, height } = description;
      lines.push(`machine ${name} added: ${width} × ${height}, priority ${priority}`);
    } else if (was.machineId === machineId) {
      const changes = differences(was.description, description);
      lines.push(...changes.map((line) => `machine ${name} ${line}`));
      lines.push(...cablesKept(was.description, description, before.jobs));
      if (changes.length === 0 && was.bitmaps !== bitmaps) lines.push(`boards of ${name} differ`);
      if (was.priority !== priority)
        lines.push(`priority of ${name}: ${was.priority}, now ${priority}`);
    }
    const known = was?.machineId === machineId ? was.waitsFor : new Set();
    for (const id of waitsFor) if (!known.has(id)) lines.push(`machine ${name} waits for ${id}`);
    for (const id of known) if (!waitsFor.has(id as number)) lines.push(`${name} no longer waits`);
  }
  for (const [name, { machineId }] of before.running) {
    const now = after.running.get(name);
    if (now?.machineId === machineId) continue;
    const forgotten = after.machineIds.has(machineId) ? "" : " and forgotten";
    lines.push(`machine ${name}, id ${machineId}, ${now ? "replaced" : "removed"}${forgotten}`);
  }
  for (const [jobId, { owner, machine, placement }] of before.jobs) {
    const now = after.jobs.get(jobId);
    if (now === undefined)
      lines.push(`job ${jobId} of ${owner} for ${machine} ends: ${ended.get(jobId)}`);
    else if (now.placement !== placement) lines.push(`job ${jobId} is placed anew`);
  }
  lines.push(...movesBetween(before.quarantine, after.quarantine));
  for (const [cooldownId, cooldown] of after.cooldowns) {
    if (before.cooldowns.has(cooldownId)) continue;
    const { jobId, machine, allocation, poweredOffAtMs } = cooldown;
    const { x, y, board } = allocation;
    const what = jobId === null ? `board ${[x, y, board]}` : `boards of job ${jobId}`;
    const how = poweredOffAtMs === null ? "powered off" : "cools down";
    lines.push(`${what} ${how}, machine ${machine.machineId}`);
  }
  for (const id of before.cooldowns.keys())
    if (!after.cooldowns.has(id)) lines.push("a cooldown ends");
  for (const [id, machineId] of after.orders) {
    if (!before.orders.has(id)) lines.push(`order for machine ${machineId}`);
  }
  return lines.sort();
}

/** Cables within the allocation of a job that is on, that are dead in only one of two descriptions. */
function cablesKept(
  before: MachineDescription,
  after: MachineDescription,
  jobs: Picture["jobs"],
): string[] {
  const lines: string[] = [];
  for (const [jobId, { machine, placement }] of jobs) {
    if (machine !== after.name || placement?.power !== true) continue;
    const [were, are] = [before, after].map((each) => innerCables(each, placement.allocation));
    const told = (cable: string, state: string) =>
      lines.push(`job ${jobId} keeps cable ${cable}, ${state}`);
    for (const cable of are!) if (!were!.has(cable)) told(cable, "dead");
    for (const cable of were!) if (!are!.has(cable)) told(cable, "dead no more");
  }
  return lines;
}

function innerCables(machine: MachineDescription, allocation: Allocation): Set<string> {
  const members = new Set(boardsOf(allocation, machine).map(String));
  const inner = machine.deadLinks.filter(([x, y, z, link]) => {
    const [otherBoard] = otherEnd([x, y, z], link, machine);
    return members.has(`${[x, y, z]}`) && members.has(String(otherBoard));
  });
  return new Set(inner.map((link) => cableText(link, machine)));
}

/** The same for both ends of a cable. */
function cableText([x, y, z, link]: DeadLink, machine: MachineDescription): string {
  const [otherBoard, otherLink] = otherEnd([x, y, z], link, machine);
  return [`${[x, y, z, link]}`, `${[...otherBoard, otherLink]}`].sort().join(" - ");
}

interface PicturedRecord {
  readonly record: QuarantineRecord;
  /** The machine that has the board, and its index there. */
  readonly place: string;
}

/** Where a board is live, or else where it is at all. */
function placeOf({ machines }: EngineState, { bmp, number }: QuarantineRecord): string {
  const found = machines.flatMap((machine) => {
    const { name, description } = machine;
    const index = bmp === null ? null : machine.boardOf(bmp, number);
    if (index === null) return [];
    const isDead = description.deadBoards.some((board) => boardIndex(board, description) === index);
    return [{ place: `${name} ${index}`, isDead }];
  });
  return (found.find(({ isDead }) => !isDead) ?? found.at(-1))?.place ?? "with no machine";
}

/** Records are told apart by their histories, which a reload leaves as they are. */
function movesBetween(
  before: ReadonlyMap<string, PicturedRecord>,
  after: ReadonlyMap<string, PicturedRecord>,
): string[] {
  const lines: string[] = [];
  const left = new Set(after.values());
  for (const { record, place } of before.values()) {
    const { bmp, number } = record;
    const same = [...left].find((other) => other.record.history === record.history);
    if (same === undefined) {
      lines.push(`quarantine of ${bmp} ${number}: gone`);
      continue;
    }
    left.delete(same);
    const { bmp: newBmp, number: newNumber } = same.record;
    if (same.place === place && newBmp === bmp && newNumber === number) continue;
    lines.push(`quarantine of ${bmp} ${number}: now ${newBmp} ${newNumber}, ${same.place}`);
  }
  for (const { record } of left) lines.push(`quarantine of ${record.bmp} ${record.number}: new`);
  return lines;
}

/** What differs between two descriptions of one machine, whatever the order of their entries. */
function differences(before: MachineDescription, after: MachineDescription): string[] {
  return [
    ...comeAndGone("tag", before.tags, after.tags),
    ...comeAndGone("dead board", before.deadBoards, after.deadBoards),
    ...comeAndGone("dead link", before.deadLinks, after.deadLinks),
    ...valuesChanged("position", before.boardLocations, after.boardLocations),
    ...valuesChanged("address", before.spinnakerIps, after.spinnakerIps),
    ...valuesChanged("bmp", before.bmpIps, after.bmpIps),
  ];
}

function comeAndGone(
  what: string,
  before: readonly unknown[],
  after: readonly unknown[],
): string[] {
  const [were, are] = [before.map(String), after.map(String)];
  return [
    ...are.filter((each) => !were.includes(each)).map((each) => `has ${what} ${each}`),
    ...were.filter((each) => !are.includes(each)).map((each) => `has no ${what} ${each}`),
  ];
}

type Entries = readonly (readonly [readonly number[], unknown])[];

function valuesChanged(what: string, before: Entries, after: Entries): string[] {
  const [were, are] = [before, after].map(
    (entries) => new Map(entries.map(([key, value]) => [String(key), String(value)])),
  ) as [Map<string, string>, Map<string, string>];
  const keys = new Set([...were.keys(), ...are.keys()]);
  return [...keys]
    .filter((key) => were.get(key) !== are.get(key))
    .map((key) => `${what} ${key}: ${were.get(key) ?? null}, now ${are.get(key) ?? null}`);
}
