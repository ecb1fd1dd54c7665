/**
 * `create_job`. By position: nothing, or one, two or three whole numbers that say how large or
 * which board; then, rarely, the options of placement. Everything else by name.
 */
import type { PlacementRequest } from "../../domain/request.js";
import type { EngineApi, NewJob } from "../../engine/contract/api.js";
import { textBytesOf } from "../../engine/contract/job-text.js";
import { type Delivery, returned } from "../answers/answer.js";
import {
  IGNORED_NAMES,
  MAX_LISTED_NUMBER,
  MAX_SIZE_ARGUMENTS,
  OPTIONS_BY_POSITION,
} from "../answers/listed-arguments.js";
import type { Command } from "../requests/command.js";
import { CommandError } from "../requests/errors.js";
import type { Json, JsonObject } from "../requests/json.js";
import { bind, describe, nullable, optional, type Parameter } from "../requests/parameters.js";
import {
  annotation,
  countFromZero,
  flag,
  ratio,
  seconds,
  tagList,
  text,
} from "../requests/values.js";
import { refusalOfOneMore } from "./job-limits.js";

const NAME = "create_job";
const DEFAULT_KEEPALIVE_SECONDS = 60;
/** Larger sizes and limits mean the same: no machine is as large. */
const MAX_NUMBER = MAX_LISTED_NUMBER;
/** list_jobs repeats them to everybody for as long as the job lives. */
export const MAX_OWNER_CHARS = 1024;
export const MAX_ARGUMENTS_CHARS = 16 * 1024;
export const MAX_TAGS = 128;
/** Arrays and objects in one another; fewer than any engine can write before its stack is full. */
const MAX_DEPTH = 1000;

/** The owner of the job, as text; a value other than a string is written as JSON. */
const owner: Parameter<string> = {
  read(value) {
    if (value === null) throw ownerMissing();
    const name = typeof value === "string" ? value : jsonText(value);
    if (name.length > MAX_OWNER_CHARS) {
      throw new CommandError(
        `owner may have at most ${MAX_OWNER_CHARS} characters, not ${name.length}`,
      );
    }
    return name.toWellFormed();
  },
};

/** Seconds, or null for ever: here alone null is a value that is not the default. */
const keepalive: Parameter<number | null> = {
  ...nullable(seconds),
  fallback: { value: DEFAULT_KEEPALIVE_SECONDS },
};

/** Options of placement, in the order of {@link OPTIONS_BY_POSITION}. */
const placementOptions = {
  min_ratio: optional(ratio, 0),
  max_dead_boards: nullable(countFromZero),
  max_dead_links: nullable(countFromZero),
  require_torus: optional(flag, false),
} satisfies { [Name in (typeof OPTIONS_BY_POSITION)[number]]: Parameter<unknown> };

const parameters = {
  ...placementOptions,
  owner,
  keepalive,
  machine: nullable(text),
  tags: nullable(tagList),
  // Who pays for the job, for servers with accounts. Listed with the job, and without effect here.
  group: nullable(annotation),
  collab: nullable(annotation),
  nmpi_job: nullable(annotation),
};

/** Names whose values are listed with the job, beside the owner and the keepalive. */
const LISTED: ReadonlySet<string> = new Set(
  Object.keys(parameters).filter((name) => name !== "owner" && name !== "keepalive"),
);

const MAX_ARGS = MAX_SIZE_ARGUMENTS + OPTIONS_BY_POSITION.length;

export const createJob: Command = {
  name: NAME,
  parameters: Object.keys(parameters),
  call(args, kwargs, { engine, limits }, { actor }) {
    const job = readJob(args, kwargs);
    const held = engine.jobHoldings(actor.host);
    const refusal =
      engine.refusal() ?? refusalOfOneMore(actor.host, textBytesOf(job), held, limits());
    if (refusal !== null) throw new CommandError(refusal);
    return (done) =>
      engine.createJob(job, actor, (jobId, mark) =>
        done({ ...returned(String(jobId), mark), delivery: new DeliveryOfId(engine, jobId) }),
      );
  },
};

class DeliveryOfId implements Delivery {
  constructor(
    private readonly engine: EngineApi,
    private readonly jobId: number,
  ) {}

  written(): void {
    this.engine.creatorTold(this.jobId);
  }

  /** Whoever asked does not know of the job then, and may well ask again. */
  unwritten(): void {
    this.engine.abandon(this.jobId);
  }
}

/** @throws CommandError; then nothing was created. */
function readJob(args: readonly Json[], kwargs: JsonObject): NewJob {
  if (args.length > MAX_ARGS) {
    throw new CommandError(
      `${NAME} takes at most ${MAX_ARGS} arguments by position, not ${args.length}`,
    );
  }
  if (!Object.hasOwn(kwargs, "owner")) throw ownerMissing();
  const values = bind(NAME, parameters, args.slice(MAX_SIZE_ARGUMENTS), kwargs, IGNORED_NAMES);
  const size = readSize(args.slice(0, MAX_SIZE_ARGUMENTS));
  if (values.machine !== null && values.tags !== null) {
    throw new CommandError("give machine or tags, not both");
  }
  if (values.require_torus && (size.kind === "board" || isOneBoard(size))) {
    throw new CommandError("a single board is not a torus: require_torus must be false");
  }
  const argsJson = jsonText(args);
  const kwargsJson = jsonText(listed(kwargs));
  if (argsJson.length + kwargsJson.length > MAX_ARGUMENTS_CHARS) {
    throw new CommandError(
      `the arguments of ${NAME} may have at most ${MAX_ARGUMENTS_CHARS} characters together`,
    );
  }
  if (values.tags !== null && values.tags.length > MAX_TAGS) {
    throw new CommandError(`tags may have at most ${MAX_TAGS} members, not ${values.tags.length}`);
  }
  return {
    owner: values.owner,
    keepaliveS: values.keepalive,
    machine: values.machine,
    tags: values.tags,
    argsJson,
    kwargsJson,
    request: {
      size,
      minRatio: values.min_ratio,
      maxDeadBoards: atMostMaxNumber(values.max_dead_boards),
      maxDeadLinks: atMostMaxNumber(values.max_dead_links),
      requireTorus: values.require_torus,
    },
  };
}

/** What of the names means something: a job holds, and `list_jobs` repeats, nothing else. */
function listed(kwargs: JsonObject): JsonObject {
  const kept: { [name: string]: Json } = {};
  for (const name of Object.keys(kwargs)) if (LISTED.has(name)) kept[name] = kwargs[name]!;
  return kept;
}

function ownerMissing(): CommandError {
  return new CommandError(`${NAME} needs an owner: owner must be given and not be null`);
}

function isOneBoard(size: PlacementRequest["size"]): boolean {
  return size.kind === "boards" && size.boards === 1;
}

function readSize(args: readonly Json[]): PlacementRequest["size"] {
  if (args.length === 0 || (args.length === 1 && args[0] === null)) {
    return { kind: "boards", boards: 1 };
  }
  const [a, b, c] = args.map(readSizeNumber);
  if (b === undefined) return { kind: "boards", boards: a! };
  if (c === undefined) return { kind: "triads", width: a!, height: b };
  return { kind: "board", board: [a!, b, c] };
}

/** Zero, negative and huge numbers are valid: jobs of that size are impossible, not mistaken. */
function readSizeNumber(value: Json): number {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new CommandError(
      `${NAME} takes whole numbers by position: nothing or n boards, or width and height in ` +
        `triads, or x, y and z of a board; not ${describe(value)}`,
    );
  }
  return Math.max(-MAX_NUMBER, Math.min(MAX_NUMBER, value));
}

function atMostMaxNumber(count: number | null): number | null {
  return count === null ? null : Math.min(count, MAX_NUMBER);
}

/** JSON for what a client sent. */
function jsonText(value: Json): string {
  if (isDeeper(value, MAX_DEPTH)) throw new CommandError("arguments are nested too deeply");
  return JSON.stringify(value);
}

function isDeeper(value: Json, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
