/**
 * What an operator's program may ask of a running server, and what it is answered; documented in
 * docs/operating/quarantine.md and restarts.md. Loads zod: import it for its types, or when there is something to check.
 */
import { z } from "zod";
import { wholeNumber } from "../json/schemas.js";
import { MOST_CHOICES, MOST_NUMBERS, MOST_REASON_CHARS } from "./limits.js";

const fromZero = wholeNumber(0);
const unixMs = z.number();
const coordinates = z
  .tuple([fromZero, fromZero, fromZero], { error: "[x, y, z], three whole numbers from 0" })
  .readonly();
const position = z
  .tuple([fromZero, fromZero, fromZero], {
    error: "[cabinet, frame, board], three whole numbers from 0",
  })
  .readonly();
const frame = z
  .tuple([fromZero, fromZero], { error: "[cabinet, frame], two whole numbers from 0" })
  .readonly();

/** One board by its coordinates or its position, or all boards of a frame. */
const boardChoice = z.union(
  [z.strictObject({ board: coordinates }), z.strictObject({ position }), z.strictObject({ frame })],
  {
    error:
      'one of {"board": [x, y, z]}, {"position": [cabinet, frame, board]} and ' +
      '{"frame": [cabinet, frame]}',
  },
);
export type BoardChoice = z.infer<typeof boardChoice>;

/**
 * Some of a kind, at most so many: they are counted before each is looked at.
 *
 * @param otherwise what else it may be, for messages
 */
function listOf<Item extends z.ZodType>(
  item: Item,
  most: number,
  [one, many]: readonly [string, string],
  otherwise = "",
) {
  const wanted = (value: unknown) => {
    if (!Array.isArray(value)) return `a list of ${many}${otherwise}`;
    if (value.length === 0) return `a list of at least one ${one}${otherwise}`;
    return value.length > most ? `a list of at most ${most} ${many}${otherwise}` : null;
  };
  const counted = z.custom<readonly z.input<Item>[]>((value) => wanted(value) === null, {
    error: ({ input }) => wanted(input),
  });
  const items: z.ZodType<readonly z.output<Item>[], readonly z.input<Item>[]> = z
    .array(item)
    .readonly();
  return counted.pipe(items);
}

const boardsOfMachine = z.strictObject({
  machine: z.string({ error: "the name of a machine" }),
  boards: listOf(boardChoice, MOST_CHOICES, ["board", "boards"]),
});
export type BoardsOfMachine = z.infer<typeof boardsOfMachine>;

const boardChange = boardsOfMachine.extend({
  /** Why, for whoever comes next. */
  reason: z
    .string({ error: "a string" })
    .max(MOST_REASON_CHARS, `a string of at most ${MOST_REASON_CHARS} characters`)
    .regex(/^\P{Cc}*$/u, "a string without line breaks and other control characters"),
});

const quarantineEvent = z.object({
  atMs: unixMs,
  kind: z.enum(["quarantined", "failed again", "test passed", "test failed", "released"]),
  note: z.string(),
});

/** A board that is or was in quarantine. */
const listedBoard = z.object({
  /** Address of its BMP; null where version 3 did not say which board it was. */
  bmp: z.string().nullable(),
  /** Its number in its frame; its index where the BMP is not known. */
  number: fromZero,
  /** False when no machine has it at present: what follows is what it was called last. */
  isConfigured: z.boolean(),
  machineName: z.string(),
  /** Index of the board in its machine. */
  board: fromZero,
  /** Null where they are not known. */
  coordinates: coordinates.nullable(),
  position: position.nullable(),
  reason: z.string(),
  sinceMs: unixMs,
  /** False once it was released. */
  active: z.boolean(),
  cause: z.enum(["board", "bmp", "operator"]),
  mayBeOn: z.boolean(),
  occurrences: fromZero,
  testsPassed: fromZero,
  testsFailed: fromZero,
  testedAtMs: unixMs.nullable(),
  history: z.array(quarantineEvent).readonly(),
});
export type ListedBoard = z.infer<typeof listedBoard>;

const bmpFrame = z.object({
  machine: z.string(),
  /** Cabinet and frame. */
  position: z.tuple([fromZero, fromZero]).readonly(),
});
export type BmpFrame = z.infer<typeof bmpFrame>;

/** The frames of a BMP; none when the machine that had it is removed. */
const frames = z.array(bmpFrame).readonly().default([]);

const quarantineList = z.object({
  boards: z.array(listedBoard).readonly(),
  /** BMPs that do not answer, and since when: the boards of their frames are withheld as well. */
  silentBmps: z.array(z.object({ bmp: z.string(), frames, since: unixMs })).readonly(),
  /**
   * BMPs of whose frames boards failed in a row, since when, and the last failure: the boards of their
   * frames are withheld until one passes a self-test or is released.
   */
  suspectBmps: z
    .array(z.object({ bmp: z.string(), frames, since: unixMs, reason: z.string() }))
    .readonly()
    .default([]),
});
export type QuarantineList = z.infer<typeof quarantineList>;

const namedBoard = z.object({
  coordinates: coordinates.nullable(),
  position: position.nullable(),
});
export type NamedBoard = z.infer<typeof namedBoard>;

const graceJob = z.object({
  jobId: wholeNumber(1),
  owner: z.string(),
  /** The client that last showed interest in it; null when none did. */
  host: z.string().nullable(),
  keepaliveS: z.number(),
  endsAtMs: unixMs,
});
export type ListedGraceJob = z.infer<typeof graceJob>;

const COMMANDS = {
  "quarantine.list": {
    /** `released`: also boards that were released. */
    request: z.strictObject({ released: z.boolean().default(false) }),
    response: quarantineList,
  },
  "quarantine.add": {
    request: boardChange,
    /** How many boards are in quarantine now by this request. */
    response: z.object({ boards: fromZero }),
  },
  "quarantine.release": {
    request: boardChange,
    /** How many boards were released, and which of those asked for were not in quarantine. */
    response: z.object({ boards: fromZero, notQuarantined: z.array(namedBoard).readonly() }),
  },
  "grace.list": {
    request: z.strictObject({}),
    /** Jobs from before the start that nobody has shown interest in since, oldest first. */
    response: z.object({ jobs: z.array(graceJob).readonly() }),
  },
  "grace.end": {
    /** Null: of all jobs. */
    request: z.strictObject({
      jobs: listOf(
        wholeNumber(1),
        MOST_NUMBERS,
        ["job id", "job ids"],
        ", or null for all",
      ).nullable(),
    }),
    /** The jobs whose grace ended by this request. */
    response: z.object({ jobs: z.array(wholeNumber(1)).readonly() }),
  },
  "state.drop": {
    /** Numbers of excluded records; null: of all. */
    request: z.strictObject({
      numbers: listOf(
        wholeNumber(1),
        MOST_NUMBERS,
        ["number", "numbers"],
        ", or null for all",
      ).nullable(),
    }),
    /** How many excluded records are dropped by this request. */
    response: z.object({ dropped: fromZero }),
  },
  "quarantine.drop": {
    request: boardsOfMachine,
    /** How many boards that no machine has are forgotten by this request. */
    response: z.object({ boards: fromZero }),
  },
} as const;

export type CommandName = keyof typeof COMMANDS;
/** As a program may send it. */
export type Arguments<C extends CommandName> = z.input<(typeof COMMANDS)[C]["request"]>;
/** As it is once it was checked, with what was left out filled in. */
export type Request<C extends CommandName> = z.output<(typeof COMMANDS)[C]["request"]>;
export type Response<C extends CommandName> = z.output<(typeof COMMANDS)[C]["response"]>;

/** The schemas of each command. */
export const SCHEMAS: {
  readonly [C in CommandName]: {
    readonly request: z.ZodType<Request<C>>;
    readonly response: z.ZodType<Response<C>>;
  };
} = COMMANDS;

/** One line of an operator's program; which arguments there are is up to the command. */
export const requestLine = z.strictObject({
  command: z.string(),
  arguments: z.looseObject({}).default({}),
});

/** One line of the server. */
export const answerLine = z.union([
  z.object({ result: z.unknown() }),
  z.object({ error: z.string() }),
]);
