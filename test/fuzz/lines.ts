/** Lines that no honest client sends, and some that one might, drawn from a seed. */
import { COMMANDS } from "../../src/protocol/commands/index.js";
import type { Random } from "../simulation/random.js";

export interface FuzzLine {
  readonly bytes: Buffer;
  /** Whether the server must answer it; null where that is not known. */
  readonly isAnswered: boolean | null;
}

const COMMAND_NAMES = [...COMMANDS.keys()];
const ARGUMENT_NAMES = [
  ...["job_id", "owner", "keepalive", "machine", "tags", "min_ratio", "max_dead_boards"],
  ...[
    "max_dead_links",
    "require_torus",
    "reason",
    "machine_name",
    "x",
    "y",
    "z",
    "chip_x",
    "chip_y",
  ],
  ...["cabinet", "frame", "board", "client", "__proto__", "constructor", "", "toString"],
];
const NUMBERS = [0, 1, -1, 2, 3, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 53, 1e-320, -0];
const TEXTS = ["", "m", "default", "1", "é中😀", "\u0000", "__proto__", "x".repeat(2000), '"\\\n'];
/** As text, for JSON.stringify does not write them. */
const ODD_JSON = ["NaN", "-Infinity", "1e999", "01", "'a'", "[", "{}}", "\ud800", "[[[[[[]]]]]]"];
/** Short, so that the jobs of this are gone as they come. */
const KEEPALIVES = [0, 0.1, 0.2];
const DEEPEST = 4;
const LARGE_LINE_BYTES = 1_200_000;

type Kind = (random: Random, jobIds: JobIds) => FuzzLine;

/** Ids that may be named. */
export interface JobIds {
  /** The highest that the honest client has been given. Who knows whose a higher one will be? */
  readonly highestId: number;
  /** The honest client's job, which nobody else may end; null while it has none. */
  readonly jobId: number | null;
}

function value(random: Random, jobIds: JobIds, depth = 0): unknown {
  switch (random.below(depth < DEEPEST ? 8 : 6)) {
    case 0:
      return null;
    case 1:
      return random.chance(0.5);
    case 2:
      return random.pick(NUMBERS);
    case 3:
      return random.pick(TEXTS);
    case 4:
      return random.below(jobIds.highestId + 10);
    case 5:
      return random.below(6);
    case 6:
      return Array.from({ length: random.below(4) }, () => value(random, jobIds, depth + 1));
    default:
      return object(random, jobIds, depth);
  }
}

function object(random: Random, jobIds: JobIds, depth: number): object {
  const entries = Array.from({ length: random.below(4) }, () => [
    random.pick(ARGUMENT_NAMES),
    value(random, jobIds, depth + 1),
  ]);
  return Object.fromEntries(entries);
}

function request(random: Random, jobIds: JobIds): object {
  const command = random.pick(COMMAND_NAMES);
  const args = Array.from({ length: random.below(5) }, () => value(random, jobIds));
  const kwargs = object(random, jobIds, 0);
  if (command !== "create_job") return { command, args, kwargs };
  return {
    command,
    args,
    kwargs: { owner: "fuzz", ...kwargs, keepalive: random.pick(KEEPALIVES) },
  };
}

const line = (text: string, isAnswered: boolean | null): FuzzLine => ({
  bytes: Buffer.from(`${text}\n`),
  isAnswered,
});

/** A known command with arguments good and bad: it is always answered. */
const known: Kind = (random, jobIds) => line(JSON.stringify(request(random, jobIds)), true);

/** What a client of today might send. */
const plausible: Kind = (random, jobIds) => {
  const job_id = random.below(jobIds.highestId + 10);
  const keepalive = random.pick(KEEPALIVES);
  const requests = [
    { command: "version" },
    { command: "create_job", args: [1 + random.below(20)], kwargs: { owner: "fuzz", keepalive } },
    { command: "get_job_state", args: [job_id] },
    { command: "get_job_machine_info", kwargs: { job_id } },
    { command: "notify_job" },
    { command: "notify_job", args: [job_id] },
    { command: "list_jobs" },
    { command: "list_machines" },
    { command: "destroy_job", args: [job_id] },
    { command: "power_off_job_boards", args: [job_id] },
    { command: "where_is", kwargs: { job_id, chip_x: 1, chip_y: 1 } },
  ];
  return line(JSON.stringify(random.pick(requests)), true);
};

const noRequest: Kind = (random, jobIds) => {
  const texts = [
    JSON.stringify(value(random, jobIds)),
    JSON.stringify({ command: random.pick(TEXTS), args: value(random, jobIds) }),
    JSON.stringify({ ...request(random, jobIds), args: 5 }),
    random.pick(ODD_JSON),
  ];
  return line(random.pick(texts).replaceAll("\n", ""), null);
};

const oddNumber: Kind = (random, jobIds) => {
  const text = JSON.stringify(request(random, jobIds));
  return line(text.replace(/\d+/, random.pick(ODD_JSON)), null);
};

/** A request with bytes changed, lost or doubled. */
const mutated: Kind = (random, jobIds) => {
  const bytes = known(random, jobIds).bytes;
  for (let i = 1 + random.below(3); i > 0; i--) {
    const at = random.below(bytes.length);
    if (random.chance(0.5)) bytes[at] = random.below(256);
    else bytes.copyWithin(at, random.below(bytes.length));
  }
  return { bytes, isAnswered: null };
};

const bytes: Kind = (random) => {
  const noise = Buffer.alloc(1 + random.below(200));
  for (let at = 0; at < noise.length; at++) noise[at] = random.below(256);
  return { bytes: noise, isAnswered: null };
};

const endless: Kind = (random) => ({
  bytes: Buffer.alloc(random.below(LARGE_LINE_BYTES), 0x61),
  isAnswered: null,
});

/** How often each kind comes, of a thousand, where there may be faults: few, for each is the last. */
const KINDS: readonly (readonly [weight: number, Kind])[] = [
  [600, known],
  [370, plausible],
  [8, noRequest],
  [8, oddNumber],
  [8, mutated],
  [6, bytes],
];
/** Costs as much as a thousand others. */
const ENDLESS_CHANCE = 0.0005;

/** The next line; none that would end or power a job of the honest client. */
export function fuzzLine(random: Random, jobIds: JobIds, mayBeFaulty: boolean): FuzzLine {
  for (;;) {
    const kind = mayBeFaulty ? kindOf(random) : random.pick([known, plausible]);
    const made = kind(random, jobIds);
    if (isHarmless(made.bytes, jobIds)) return made;
  }
}

function kindOf(random: Random): Kind {
  if (random.chance(ENDLESS_CHANCE)) return endless;
  let left = random.below(1000);
  for (const [weight, kind] of KINDS) {
    if (left < weight) return kind;
    left -= weight;
  }
  return known;
}

function isHarmless(bytes: Buffer, { highestId, jobId }: JobIds): boolean {
  const text = bytes.toString("latin1");
  if (!/destroy|power/.test(text)) return true;
  for (const [digits] of text.matchAll(/[\d.eE+-]+/g)) {
    const id = Number(digits);
    if (id === jobId || id > highestId) return false;
  }
  return true;
}
