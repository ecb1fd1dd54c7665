/**
 * Faults as whoever runs the simulator asks for them: one JSON object, or a list of them, from a file
 * or over the control port. What is in them is listed in docs/reference/simulator.md.
 */
import { z } from "zod";
import { CommandCode } from "../bmp/wire/commands.js";
import { check } from "../json/index.js";
import { number, wholeNumber } from "../json/schemas.js";
import type { SimulatedBoard } from "./board.js";
import type { BmpEndpoint } from "./endpoint.js";
import { SimulatorError } from "./error.js";
import type { Effect } from "./faults.js";
import { seededRandom, seedFor } from "./random.js";
import type { Simulator } from "./simulator.js";

const chance = number(0, 1);
const count = wholeNumber(0, 1_000_000_000);
const milliseconds = number(0, 1_000_000_000);
const boardNumber = wholeNumber(0, 23);
const word = wholeNumber(0, 0xffffffff);
const fpga = wholeNumber(0, 2);
const commandNames = Object.keys(CommandCode) as [keyof typeof CommandCode];

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
]) satisfies z.ZodType<Effect>;

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
  powered: z.boolean().optional(),
  shutDown: word.optional(),
  firmware: z.strictObject({ major: count, minor: count, patch: count }).optional(),
  temperature: number(-100, 127).optional(),
  warnings: word.optional(),
});

const faultOrder = z.strictObject({
  bmp: z.string().optional(),
  heal: z.literal(true).optional(),
  silent: z.boolean().optional(),
  requests: packetFaults.optional(),
  replies: packetFaults.optional(),
  rules: z.array(rule).default([]),
  restart: z
    .strictObject({ downMs: milliseconds, powerOff: z.boolean().default(false) })
    .optional(),
  boards: z.array(board).default([]),
  badBoards: chance.optional(),
});

type FaultOrder = z.infer<typeof faultOrder>;
type BoardOrder = z.infer<typeof board>;

/**
 * Has the simulator misbehave as ordered, all of it or, when something is wrong with the orders,
 * nothing.
 *
 * @param orders - One order, or a list of them.
 * @throws SimulatorError that says what is wrong
 */
export function orderFaults(simulator: Simulator, orders: unknown): void {
  const targets = checkedOrders(orders).map((order) => ({ order, bmps: bmpsOf(simulator, order) }));
  for (const { order, bmps } of targets) {
    for (const { frame } of bmps) for (const each of order.boards) boardsOf(frame.boards, each);
  }
  for (const { order, bmps } of targets) {
    for (const bmp of bmps) apply(bmp, order);
    if (order.badBoards !== undefined) spoil(bmps, order.badBoards, simulator.seed);
  }
}

function checkedOrders(orders: unknown): readonly FaultOrder[] {
  const checked = Array.isArray(orders)
    ? check(z.array(faultOrder), orders, "faults")
    : check(
        faultOrder.transform((order) => [order]),
        orders,
        "faults",
      );
  if (!checked.ok) throw new SimulatorError(checked.problem);
  return checked.value;
}

function bmpsOf(simulator: Simulator, { bmp }: FaultOrder): BmpEndpoint[] {
  return bmp === undefined ? [...simulator.bmps] : [simulator.bmp(bmp)];
}

function boardsOf(boards: readonly SimulatedBoard[], { board }: BoardOrder): SimulatedBoard[] {
  const found = boards.filter(({ number }) => board === undefined || number === board);
  if (found.length === 0) throw new SimulatorError(`faults: there is no board ${board} there`);
  return found;
}

function apply(bmp: BmpEndpoint, order: FaultOrder): void {
  const { faults, frame } = bmp;
  if (order.heal) {
    faults.heal();
    for (const each of frame.boards) each.heal();
  }
  if (order.silent !== undefined) faults.silent = order.silent;
  if (order.requests !== undefined) faults.requests = order.requests;
  if (order.replies !== undefined) faults.replies = order.replies;
  for (const { command, times, ...rest } of order.rules) {
    faults.add({
      ...rest,
      command: command && CommandCode[command],
      times: times ?? Number.POSITIVE_INFINITY,
    });
  }
  for (const each of order.boards) {
    for (const found of boardsOf(frame.boards, each)) applyToBoard(found, each);
  }
  if (order.restart) bmp.restart(order.restart.downMs, order.restart.powerOff);
}

function applyToBoard(board: SimulatedBoard, order: BoardOrder): void {
  const now = Date.now();
  if (order.wrongFpga) {
    const { fpga, powerOns } = order.wrongFpga;
    board.failFlag(fpga, powerOns ?? Number.POSITIVE_INFINITY);
  }
  if (order.firmware) board.firmware = order.firmware;
  if (order.powered === true) board.powerOn(now);
  if (order.powered === false) board.powerOff(now);
  if (order.shutDown !== undefined) board.shutDown(now, order.shutDown);
  if (order.temperature !== undefined) {
    board.shown = {
      ...board.shown,
      boardTemperatures: [order.temperature, order.temperature, null, null],
    };
  }
  if (order.warnings !== undefined) board.shown = { ...board.shown, warnings: order.warnings };
}

/** So large a share of the boards never comes up: which ones is up to the seed. */
function spoil(bmps: readonly BmpEndpoint[], share: number, seed: number): void {
  const boards = bmps.flatMap(({ frame }) => frame.boards);
  const random = seededRandom(seedFor(seed, "bad boards"));
  const wanted = Math.round(boards.length * share);
  for (let bad = 0; bad < wanted; bad++) {
    const at = bad + Math.floor(random() * (boards.length - bad));
    const chosen = boards[at]!;
    boards[at] = boards[bad]!;
    chosen.failFlag(Math.floor(random() * 3), Number.POSITIVE_INFINITY);
  }
}
