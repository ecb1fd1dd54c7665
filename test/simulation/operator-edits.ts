/**
 * The facility that a run is about, and what operators make of it: machines that lose boards, links
 * and tags, change their priority, come and go, get other names, addresses, sizes or wiring.
 */

import { type ConfigurationDescription, QUEUE_POLICIES } from "../../src/config/description.js";
import {
  type BoardCoordinate,
  boardCount,
  boardIndex,
  boardOfIndex,
} from "../../src/domain/board.js";
import type { Link } from "../../src/domain/links.js";
import type { MachineDescription } from "../../src/domain/machine.js";
import { configuration, machine } from "../engine/fixtures.js";
import type { Random } from "./random.js";

type QueueRules = Pick<ConfigurationDescription, "queuePolicy" | "maxSecondsOvertaken">;

function randomRules(random: Random): QueueRules {
  return {
    queuePolicy: random.pick(QUEUE_POLICIES),
    maxSecondsOvertaken: random.pick([0, 3, 30, 30, 3600]),
  };
}

/** How a machine differs from what it is by default. */
type Form = "plain" | "renamed" | "readdressed" | "rewired" | "resized";

const FORMS: readonly Form[] = ["plain", "renamed", "readdressed", "rewired", "resized"];

interface Part {
  readonly name: string;
  readonly cabinet: number;
  readonly width: number;
  readonly height: number;
}

const PARTS: readonly Part[] = [
  { name: "m", cabinet: 0, width: 4, height: 2 },
  { name: "n", cabinet: 1, width: 2, height: 1 },
  { name: "p", cabinet: 2, width: 3, height: 3 },
];

export class OperatorEdits {
  private readonly parts: readonly Part[];
  private readonly forms = new Map<string, Form>();
  private order: readonly Part[];
  private rules: QueueRules;

  /** @param isThorough Dead boards may lose their lines, too, and more is edited at once. */
  constructor(
    private readonly random: Random,
    private readonly isThorough = false,
  ) {
    this.parts = random.pick([PARTS.slice(0, 1), PARTS.slice(0, 2), PARTS.slice(0, 2), PARTS]);
    this.order = this.parts;
    this.rules = randomRules(random);
  }

  /** The places of all boards. */
  get places(): string[] {
    return this.parts.flatMap((part) =>
      build(part, "plain").boardLocations.map(([, at]) => `${at}`),
    );
  }

  /** Another configuration that an operator may write next. */
  next(): ConfigurationDescription {
    const { random } = this;
    if (random.chance(0.2)) {
      this.order = this.parts.filter(() => random.chance(0.7));
      if (random.chance(0.5)) this.order = [...this.order].reverse();
    } else if (random.chance(0.3)) this.order = this.parts;
    for (const part of this.parts) {
      if (random.chance(this.isThorough ? 0.6 : 0.85)) continue;
      // Boards do not get another name and another address at once: nobody could tell them again.
      const form = this.forms.get(part.name) ?? "plain";
      this.forms.set(part.name, form === "plain" ? random.pick(FORMS) : "plain");
    }
    if (random.chance(0.1)) this.rules = randomRules(random);
    return this.current();
  }

  private current(): ConfigurationDescription {
    const { random } = this;
    const machines = this.order.map((part) => this.describe(part));
    return configuration(machines, {
      timeoutCheckInterval: random.pick([2, 5]),
      secondsOfGraceAfterStart: random.pick([0, 20, 100]),
      secondsBeforeFree: random.pick([0, 10, 30]),
      secondsBetweenSelfTests: random.pick([0, 20, 300]),
      selfTestsToRelease: random.pick([1, 2]),
      maxPlacementAttempts: random.pick([1, 3]),
      maxRetiredJobs: random.pick([2, 10, 1200, 1200]),
      ...this.rules,
    });
  }

  private describe(part: Part): MachineDescription {
    const { random } = this;
    const plain = build(part, this.forms.get(part.name) ?? "plain");
    const deadBoards = random.chance(0.4) ? this.someBoards(plain) : [];
    const deadLinks = random.chance(0.4)
      ? this.someBoards(plain).map(([x, y, z]) => [x, y, z, random.below(6) as Link] as const)
      : [];
    const isLineLost = this.isThorough && random.chance(0.5);
    return {
      ...(isLineLost ? withoutLines(plain, deadBoards) : plain),
      tags: random.pick([
        ["default"],
        ["default"],
        ["default", "big"],
        ["default", "big"],
        ["big"],
      ]),
      deadBoards,
      deadLinks,
    };
  }

  private someBoards(size: MachineDescription): BoardCoordinate[] {
    const count = 1 + this.random.below(3);
    const indices = Array.from({ length: count }, () => this.random.below(boardCount(size)));
    return [...new Set(indices)].sort((a, b) => a - b).map((index) => boardOfIndex(index, size));
  }
}

/** The lines of boards are deleted, and those of BMPs that have no others. */
function withoutLines(
  machine: MachineDescription,
  boards: readonly BoardCoordinate[],
): MachineDescription {
  const gone = new Set(boards.map(String));
  const boardLocations = machine.boardLocations.filter(([board]) => !gone.has(String(board)));
  const frames = new Set(boardLocations.map(([, [cabinet, frame]]) => `${cabinet},${frame}`));
  return {
    ...machine,
    boardLocations,
    bmpIps: machine.bmpIps.filter(([frame]) => frames.has(String(frame))),
    spinnakerIps: machine.spinnakerIps.filter(([board]) => !gone.has(String(board))),
  };
}

function build({ name, cabinet, width, height }: Part, form: Form): MachineDescription {
  if (form === "renamed") return machine(`${name}2`, width, height, { cabinet });
  if (form === "resized") return machine(name, width - 1, height, { cabinet });
  const plain = machine(name, width, height, { cabinet });
  if (form === "readdressed") {
    return { ...plain, bmpIps: plain.bmpIps.map(([frame, ip]) => [frame, `new-${ip}`]) };
  }
  if (form === "plain") return plain;
  const last = boardCount(plain) - 1;
  const places = plain.boardLocations.map(([, at]) => at);
  return {
    ...plain,
    boardLocations: plain.boardLocations.map(([board]) => [
      board,
      places[last - boardIndex(board, plain)]!,
    ]),
  };
}
