/** The state of a simulator as it is shown to others, as JSON. */
import type { Link } from "../domain/links.js";
import type { SimulatedBoard } from "./board.js";
import type { BmpEndpoint, PacketViolations } from "./endpoint.js";

/** What clients did that they must not do. */
interface Violations extends PacketViolations {
  /** A board was powered on that had not been off for the pause. */
  pauses: number;
}

export interface BoardState {
  readonly machine: string;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly cabinet: number;
  readonly frame: number;
  readonly board: number;
  readonly powered: boolean;
  readonly powerCycles: number;
  /** How many more power-ons leave one of its FPGAs with a wrong number; null: all. */
  readonly badPowerOns: number | null;
  /** Unix milliseconds; null before its first change of power. */
  readonly lastCycledAt: number | null;
  /** Numbers of the links whose STOP register is 1. */
  readonly stoppedLinks: readonly Link[];
}

interface BmpState {
  /** Its address as configured. */
  readonly bmp: string;
  readonly ip: string;
  readonly port: number;
  readonly cabinet: number;
  readonly frame: number;
  readonly silent: boolean;
  /** How long any request but a power-on takes. */
  readonly replyMs: number;
  /** Packets that arrived, and replies that left. */
  readonly received: number;
  readonly sent: number;
  /** Requests by command code. */
  readonly commands: Readonly<Record<string, number>>;
  readonly violations: Violations;
  readonly boards: readonly BoardState[];
}

export interface SimulatorState {
  readonly seed: number;
  readonly bmps: readonly BmpState[];
  /** Of all BMPs. */
  readonly violations: Violations;
}

export function simulatorState(seed: number, bmps: Iterable<BmpEndpoint>): SimulatorState {
  const violations: Violations = { overlaps: 0, overflows: 0, lengths: 0, headers: 0, pauses: 0 };
  const states: BmpState[] = [];
  for (const bmp of bmps) {
    violations.overlaps += bmp.violations.overlaps;
    violations.overflows += bmp.violations.overflows;
    violations.lengths += bmp.violations.lengths;
    violations.headers += bmp.violations.headers;
    violations.pauses += bmp.frame.shortPauses;
    states.push(bmpState(bmp));
  }
  return { seed, bmps: states, violations };
}

function bmpState(bmp: BmpEndpoint): BmpState {
  const { endpoint, frame, faults } = bmp;
  const [cabinet, frameNumber] = frame.position;
  return {
    bmp: endpoint.bmpAddress,
    ip: endpoint.ip,
    port: endpoint.port,
    cabinet,
    frame: frameNumber,
    silent: faults.silent,
    replyMs: frame.replyMs,
    received: bmp.received,
    sent: bmp.sent,
    commands: Object.fromEntries(bmp.commands),
    violations: { ...bmp.violations, pauses: frame.shortPauses },
    boards: frame.boards.map((board) => boardState(board, cabinet, frameNumber)),
  };
}

function boardState(board: SimulatedBoard, cabinet: number, frame: number): BoardState {
  const { machine, board: coordinates } = board.identity;
  const [x, y, z] = coordinates;
  return {
    machine,
    x,
    y,
    z,
    cabinet,
    frame,
    board: board.number,
    powered: board.powered,
    powerCycles: board.powerCycles,
    badPowerOns: Number.isFinite(board.badPowerOns) ? board.badPowerOns : null,
    lastCycledAt: board.lastCycledAt,
    stoppedLinks: board.stoppedLinks,
  };
}
