/**
 * Faults as they are asked for: one JSON object, or a list of them, from a file or over the control
 * port. docs/reference/simulator.md lists their fields.
 */
import { z } from "zod";
import { check } from "../json/index.js";
import { number, wholeNumber } from "../json/schemas.js";
import type { SimulatedBoard } from "./board.js";
import type { BmpEndpoint } from "./endpoint.js";
import { SimulatorError } from "./error.js";
import type { FaultEffect } from "./faults.js";
import { FirmwareCommand } from "./firmware/commands.js";
import { seededRandom, seedFor } from "./random.js";
import type { Simulator } from "./simulator.js";

const chance = number(0, 1);
const count = wholeNumber(0, 1_000_000_000);
const milliseconds = number(0, 1_000_000_000);
const boardNumber = wholeNumber(0, 23);
const word = wholeNumber(0, 0xffffffff);
const fpga = wholeNumber(0, 2);
const fpgaId = wholeNumber(0, 3);
/** Old firmware has two digits for a number of its version. */
const versionNumber = wholeNumber(0, 99);
const commandNames = Object.keys(FirmwareCommand) as [keyof typeof FirmwareCommand];

const packetFaults = z.strictObject({
  loss: chance.default(0),
  duplication: chance.default(0),
  maxDelayMs: milliseconds.default(0),
});

const effect = z.discriminatedUnion("effect", [
  z.strictObject({ effect: z.literal("loseRequest") }),
  z.strictObject({ effect: z.literal("doubleRequest") }),
  z.strictObject({ effect: z.literal("loseReply") }),
  z.strictObject({ effect: z.literal("doubleReply") }),
  z.strictObject({ effect: z.literal("delayReply"), ms: milliseconds }),
  z.strictObject({ effect: z.literal("refuse"), returnCode: wholeNumber(0, 0xffff) }),
  z.strictObject({ effect: z.literal("die"), carriedOut: z.boolean().default(false) }),
  z.strictObject({
    effect: z.literal("restart"),
    downMs: milliseconds,
    powerOff: z.boolean().default(false),
  }),
]) satisfies z.ZodType<FaultEffect>;

const rule = z.strictObject({
  command: z.enum(commandNames).optional(),
  board: boardNumber.optional(),
  on: z.boolean().optional(),
  skip: count.default(0),
  /** Null: all. */
  times: count.nullable().default(1),
  effect,
});

const board = z.strictObject({
  /** All boards of the BMP when left out. */
  board: boardNumber.optional(),
  wrongFpga: z.strictObject({ fpga, powerOns: count.nullable().default(null) }).optional(),
  fpgaIds: z.tuple([fpgaId, fpgaId, fpgaId]).optional(),
  powered: z.boolean().optional(),
  shutDown: word.optional(),
  firmware: z
    .strictObject({ major: versionNumber, minor: versionNumber, patch: versionNumber })
    .optional(),
  temperature: number(-100, 127).optional(),
  warnings: word.optional(),
});

const faultInjection = z.strictObject({
  bmp: z.string().optional(),
  heal: z.literal(true).optional(),
  silent: z.boolean().optional(),
  replyMs: milliseconds.optional(),
  requests: packetFaults.optional(),
  replies: packetFaults.optional(),
  rules: z.array(rule).default([]),
  restart: z
    .strictObject({ downMs: milliseconds, powerOff: z.boolean().default(false) })
    .optional(),
  boards: z.array(board).default([]),
  badBoards: chance.optional(),
});

type FaultInjection = z.infer<typeof faultInjection>;
type BoardFault = z.infer<typeof board>;

/**
 * Injects faults: all of them or, when something is wrong with one, none.
 *
 * @param injections - One, or a list of them.
 * @throws SimulatorError that says what is wrong
 */
export function injectFaults(simulator: Simulator, injections: unknown): void {
  const targets = checked(injections).map((injection) => ({
    injection,
    bmps: bmpsOf(simulator, injection),
  }));
  for (const { injection, bmps } of targets) {
    for (const bmp of bmps) for (const each of injection.boards) boardsOf(bmp, each);
  }
  for (const { injection, bmps } of targets) {
    for (const bmp of bmps) apply(bmp, injection);
    if (injection.badBoards !== undefined) breakBoards(bmps, injection.badBoards, simulator.seed);
  }
}

function checked(injections: unknown): readonly FaultInjection[] {
  const found = Array.isArray(injections)
    ? check(z.array(faultInjection), injections, "faults")
    : check(
        faultInjection.transform((injection) => [injection]),
        injections,
        "faults",
      );
  if (!found.ok) throw new SimulatorError(found.problem);
  return found.value;
}

function bmpsOf(simulator: Simulator, { bmp }: FaultInjection): BmpEndpoint[] {
  return bmp === undefined ? [...simulator.bmps] : [simulator.bmp(bmp)];
}

function boardsOf({ frame, endpoint }: BmpEndpoint, { board }: BoardFault): SimulatedBoard[] {
  const found = frame.boards.filter(({ number }) => board === undefined || number === board);
  if (found.length > 0) return found;
  throw new SimulatorError(`faults: the frame of BMP ${endpoint.bmpAddress} has no board ${board}`);
}

function apply(bmp: BmpEndpoint, injection: FaultInjection): void {
  const { faults, frame } = bmp;
  if (injection.heal) {
    faults.heal();
    frame.slowReplyMs = null;
    for (const each of frame.boards) each.heal();
  }
  if (injection.silent !== undefined) faults.silent = injection.silent;
  if (injection.replyMs !== undefined) frame.slowReplyMs = injection.replyMs;
  if (injection.requests !== undefined) faults.requests = injection.requests;
  if (injection.replies !== undefined) faults.replies = injection.replies;
  for (const { command, times, ...rest } of injection.rules) {
    faults.add({
      ...rest,
      command: command && FirmwareCommand[command],
      times: times ?? Number.POSITIVE_INFINITY,
    });
  }
  for (const each of injection.boards) {
    for (const found of boardsOf(bmp, each)) applyToBoard(found, each);
  }
  if (injection.restart) bmp.restart(injection.restart.downMs, injection.restart.powerOff);
}

function applyToBoard(board: SimulatedBoard, fault: BoardFault): void {
  const now = Date.now();
  if (fault.wrongFpga) {
    const { fpga, powerOns } = fault.wrongFpga;
    board.showWrongFpga(fpga, powerOns ?? Number.POSITIVE_INFINITY);
  }
  if (fault.fpgaIds) board.showFpgaIds(fault.fpgaIds);
  if (fault.firmware) board.firmware = fault.firmware;
  if (fault.powered === true) board.powerOn(now);
  if (fault.powered === false) board.powerOff(now);
  if (fault.shutDown !== undefined) board.shutDown(now, fault.shutDown);
  if (fault.temperature !== undefined) {
    board.statusOverrides = {
      ...board.statusOverrides,
      boardTemperatures: [fault.temperature, fault.temperature, null, null],
    };
  }
  if (fault.warnings !== undefined)
    board.statusOverrides = { ...board.statusOverrides, warnings: fault.warnings };
}

/** That share of the boards never comes up again; which ones, the seed decides. */
function breakBoards(bmps: readonly BmpEndpoint[], share: number, seed: number): void {
  const boards = bmps.flatMap(({ frame }) => frame.boards);
  const random = seededRandom(seedFor(seed, "bad boards"));
  const wanted = Math.round(boards.length * share);
  for (let bad = 0; bad < wanted; bad++) {
    const at = bad + Math.floor(random() * (boards.length - bad));
    const chosen = boards[at]!;
    boards[at] = boards[bad]!;
    chosen.showWrongFpga(Math.floor(random() * 3), Number.POSITIVE_INFINITY);
  }
}
