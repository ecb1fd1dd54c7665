/** What a configuration file exports. */

import ipaddr from "ipaddr.js";
import type { MachineDescription } from "../domain/machine.js";
import { type ClientLimits, readClientLimits } from "./client-limits.js";
import { type ConfigurationDescription, QUEUE_POLICIES, type QueuePolicy } from "./description.js";
import { isHost, readFields, readNumber } from "./fields.js";
import { isMachine, type Machine } from "./machine.js";
import { Problems, show, showTuple } from "./problems.js";

/** Fields of `new Configuration({…})`; all may be left out. */
export interface ConfigurationFields {
  /** Highest priority first; default none. */
  readonly machines?: readonly Machine[] | undefined;
  /** Address to listen on; default `""`, all interfaces. */
  readonly ip?: string | undefined;
  /** @deprecated Use the option `--port`, which wins over this field. */
  readonly port?: number | undefined;
  /** Seconds between sweeps for jobs whose keepalive ran out; default 5. */
  readonly timeoutCheckInterval?: number | undefined;
  /** How many destroyed jobs stay queryable; default 1200. */
  readonly maxRetiredJobs?: number | undefined;
  /**
   * `"overtake"` lets jobs start before older ones that do not fit, within `maxSecondsOvertaken`;
   * `"fifo"` starts the jobs of a machine strictly in order of creation. Default `"overtake"`.
   */
  readonly queuePolicy?: QueuePolicy | undefined;
  /** How many seconds younger than a waiting job one may be that starts before it; default 3600. */
  readonly maxSecondsOvertaken?: number | undefined;
  /** Seconds a board rests after its power-off before it can be allocated again; default 30. */
  readonly secondsBeforeFree?: number | undefined;
  /** Seconds between a power-on and the check of its boards; default 5. */
  readonly secondsToSettle?: number | undefined;
  /** Seconds before a failed BMP request is tried once more; default 15. */
  readonly secondsBeforeRetry?: number | undefined;
  /** Seconds the reply to a power-on may take before it counts as lost; default 10. */
  readonly secondsToPowerOn?: number | undefined;
  /** How often a job that was never ready is placed before failing boards end it; default 6. */
  readonly maxPlacementAttempts?: number | undefined;
  /** Seconds in which each board's temperatures and voltages are read once; 0: never; default 60. */
  readonly secondsBetweenHealthChecks?: number | undefined;
  /** Seconds between self-tests of a board in quarantine; 0: none; default 300. */
  readonly secondsBetweenSelfTests?: number | undefined;
  /** Self-tests in a row that a board must pass to leave quarantine; default 3. */
  readonly selfTestsToRelease?: number | undefined;
  /** What clients may take of the server; each limit has a default that no honest client meets. */
  readonly clientLimits?: Partial<ClientLimits> | undefined;
}

const FIELDS = [
  "machines",
  "ip",
  "port",
  "timeoutCheckInterval",
  "maxRetiredJobs",
  "queuePolicy",
  "maxSecondsOvertaken",
  "secondsBeforeFree",
  "secondsToSettle",
  "secondsBeforeRetry",
  "secondsToPowerOn",
  "maxPlacementAttempts",
  "secondsBetweenHealthChecks",
  "secondsBetweenSelfTests",
  "selfTestsToRelease",
  "clientLimits",
] as const;

/** A little under 2^31 ms, the longest time a timer can be set to. */
const MAX_SECONDS = 2_000_000;
const SECONDS = { min: 0, max: MAX_SECONDS, whole: false };

const brand: unique symbol = Symbol.for("spalloc-server.Configuration");

/** The machines and how they are shared out, complete and checked. */
export class Configuration {
  /** Recognises configurations made by another copy of this module. */
  readonly [brand] = true;
  readonly machines: readonly Machine[];
  readonly ip: string;
  readonly port: number | null;
  readonly timeoutCheckInterval: number;
  readonly maxRetiredJobs: number;
  readonly queuePolicy: QueuePolicy;
  readonly maxSecondsOvertaken: number;
  readonly secondsBeforeFree: number;
  readonly secondsToSettle: number;
  readonly secondsBeforeRetry: number;
  readonly secondsToPowerOn: number;
  readonly maxPlacementAttempts: number;
  readonly secondsBetweenHealthChecks: number;
  readonly secondsBetweenSelfTests: number;
  readonly selfTestsToRelease: number;
  readonly clientLimits: ClientLimits;

  /** @throws {ConfigurationError} listing everything in the fields that is wrong. */
  constructor(fields: ConfigurationFields = {}) {
    const problems = new Problems("configuration");
    const given = readFields(problems, fields, FIELDS);
    const seconds = (field: (typeof FIELDS)[number], whenAbsent: number, aboveMin = false) =>
      readNumber(problems, field, given[field], { ...SECONDS, aboveMin }, whenAbsent);
    const times = (field: (typeof FIELDS)[number], whenAbsent: number) =>
      readNumber(problems, field, given[field], { min: 1, max: 1000, whole: true }, whenAbsent);
    this.machines = readMachines(problems, given.machines);
    this.ip = readIp(problems, given.ip);
    const ports = { min: 1, max: 65535, whole: true };
    this.port = readNumber(problems, "port", given.port, ports, null);
    this.timeoutCheckInterval = seconds("timeoutCheckInterval", 5, true);
    const retired = { min: 0, max: Number.MAX_SAFE_INTEGER, whole: true };
    this.maxRetiredJobs = readNumber(
      problems,
      "maxRetiredJobs",
      given.maxRetiredJobs,
      retired,
      1200,
    );
    this.queuePolicy = readQueuePolicy(problems, given.queuePolicy);
    this.maxSecondsOvertaken = seconds("maxSecondsOvertaken", 3600);
    this.secondsBeforeFree = seconds("secondsBeforeFree", 30);
    this.secondsToSettle = seconds("secondsToSettle", 5);
    this.secondsBeforeRetry = seconds("secondsBeforeRetry", 15);
    this.secondsToPowerOn = seconds("secondsToPowerOn", 10, true);
    this.maxPlacementAttempts = times("maxPlacementAttempts", 6);
    this.secondsBetweenHealthChecks = seconds("secondsBetweenHealthChecks", 60);
    this.secondsBetweenSelfTests = seconds("secondsBetweenSelfTests", 300);
    this.selfTestsToRelease = times("selfTestsToRelease", 3);
    this.clientLimits = readClientLimits(problems, given.clientLimits);
    checkUnique(problems, this.machines);
    problems.throwIfAny();
    Object.freeze(this);
  }
}

/** Whether a value is a Configuration, of this copy of the module or of another. */
export function isConfiguration(value: unknown): value is Configuration {
  return typeof value === "object" && value !== null && brand in value;
}

/** The configuration as plain data, which can cross between threads and be stored. */
export function describe(configuration: Configuration): ConfigurationDescription {
  return {
    machines: configuration.machines.map(describeMachine),
    ip: configuration.ip,
    port: configuration.port,
    timeoutCheckInterval: configuration.timeoutCheckInterval,
    maxRetiredJobs: configuration.maxRetiredJobs,
    queuePolicy: configuration.queuePolicy,
    maxSecondsOvertaken: configuration.maxSecondsOvertaken,
    secondsBeforeFree: configuration.secondsBeforeFree,
    secondsToSettle: configuration.secondsToSettle,
    secondsBeforeRetry: configuration.secondsBeforeRetry,
    secondsToPowerOn: configuration.secondsToPowerOn,
    maxPlacementAttempts: configuration.maxPlacementAttempts,
    secondsBetweenHealthChecks: configuration.secondsBetweenHealthChecks,
    secondsBetweenSelfTests: configuration.secondsBetweenSelfTests,
    selfTestsToRelease: configuration.selfTestsToRelease,
    clientLimits: configuration.clientLimits,
  };
}

function describeMachine(machine: Machine): MachineDescription {
  return {
    name: machine.name,
    tags: machine.tags,
    width: machine.width,
    height: machine.height,
    deadBoards: machine.deadBoards,
    deadLinks: machine.deadLinks,
    boardLocations: machine.boardLocations,
    bmpIps: machine.bmpIps,
    spinnakerIps: machine.spinnakerIps,
  };
}

function readMachines(problems: Problems, value: unknown): Machine[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    problems.add(`machines is ${show(value)}; it must be an array of machines`);
    return [];
  }
  const machines: Machine[] = [];
  value.forEach((machine: unknown, i) => {
    if (isMachine(machine)) machines.push(machine);
    else {
      problems.add(
        `machines[${i}] is ${show(machine)}; it must be made with new Machine({…}), Machine.singleBoard({…}) or Machine.withStandardIps({…})`,
      );
    }
  });
  return machines;
}

function readQueuePolicy(problems: Problems, value: unknown): QueuePolicy {
  const policy = QUEUE_POLICIES.find((known) => known === value);
  if (policy !== undefined) return policy;
  if (value !== undefined) {
    const known = QUEUE_POLICIES.map((name) => show(name)).join(" or ");
    problems.add(`queuePolicy is ${show(value)}; it must be ${known}`);
  }
  return "overtake";
}

function readIp(problems: Problems, value: unknown): string {
  if (value === undefined || value === "") return "";
  if (isHost(value)) return value;
  problems.add(
    `ip is ${show(value)}; it must be an address of this computer such as "127.0.0.1", or "" for all interfaces`,
  );
  return "";
}

/** No machine name, BMP address or board address twice in the whole file. */
function checkUnique(problems: Problems, machines: readonly Machine[]): void {
  const names = new Set<string>();
  const bmps = new Map<string, string>();
  const boards = new Map<string, string>();
  const claim = (taken: Map<string, string>, address: string, owner: string): void => {
    const key = canonical(address);
    const other = taken.get(key);
    if (other === undefined) taken.set(key, owner);
    else {
      problems.add(
        `${owner} has the address ${show(address)}, which is that of ${other}; no two may have one address`,
      );
    }
  };
  for (const { name, bmpIps, spinnakerIps } of machines) {
    if (names.has(name)) {
      problems.add(`two machines have the name ${show(name)}; each needs a name of its own`);
    }
    names.add(name);
    for (const [frame, address] of bmpIps) {
      const where = showTuple(frame);
      claim(bmps, address, `the BMP of frame [cabinet, frame] ${where} of machine ${show(name)}`);
    }
    for (const [board, address] of spinnakerIps) {
      claim(boards, address, `board ${showTuple(board)} of machine ${show(name)}`);
    }
  }
}

/** One spelling for the many of a host name or IPv6 address. */
function canonical(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address.toLowerCase();
}
