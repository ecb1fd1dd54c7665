/**
 * The hostile clients, in a process of their own: what they cost is not the server's, so it is bounded, and yields
 * to everybody else. Ends with the process that started it.
 */
import { setPriority } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { NoServerError, RefusedError } from "../../../src/client/index.js";
import { Random } from "../../simulation/random.js";
import { ATTACKS, type AttackName } from "./attacks.js";
import type { AttackersOptions, FromAttackers, ServerStarted } from "./messages.js";

const NICE = 10;
/** Attacks at the same time. */
const ATTACKERS = 6;
/** Of one processor. */
const SHARE = 0.5;
const LONGEST_REST_MS = 400;
/** After one that could not begin or was broken off: the server may be starting. */
const AFTER_FAILURE_MS = 100;
const WHILE_OVER_SHARE_MS = 50;
/** Longer than a message to the siege is on its way. */
const UNTIL_KNOWN_MS = 500;
const US_PER_MS = 1000;

setPriority(NICE);
process.on("disconnect", () => process.exit());

const options = JSON.parse(process.argv.at(-1)!) as AttackersOptions;
const NAMES = Object.keys(ATTACKS) as AttackName[];
const counts: Partial<Record<AttackName, number>> = {};
const tell = (message: FromAttackers) => process.send?.(message);
let pid = 0;
process.on("message", (message: ServerStarted) => {
  if (pid === 0) begin();
  ({ pid } = message);
});

function begin(): void {
  for (let n = 0; n < ATTACKERS; n++) void attacker(n, new Random(options.seed * 1000 + n));
  setInterval(() => tell({ counts }), 1000);
}

async function attacker(n: number, random: Random): Promise<void> {
  for (;;) {
    for (const name of shuffled(NAMES, random)) {
      tell({ attacker: n, attack: name });
      // What it draws is its own, however far others have come.
      await carryOut(name, new Random(random.below(2 ** 31)));
      await sleep(random.below(LONGEST_REST_MS));
      while (overShare()) await sleep(WHILE_OVER_SHARE_MS);
    }
  }
}

async function carryOut(name: AttackName, random: Random): Promise<void> {
  const target = {
    ...options,
    pid,
    acknowledged: (acknowledged: number) => tell({ acknowledged }),
    released: async (released: readonly number[]) => {
      tell({ released });
      await sleep(UNTIL_KNOWN_MS);
    },
  };
  try {
    await ATTACKS[name](target, random);
    count(name);
  } catch (error) {
    // The server refused it, broke it off, or was killed.
    if (error instanceof RefusedError) count(name);
    else if (!isOfConnection(error)) {
      tell({ defect: `${name}: ${error instanceof Error ? error.stack : error}` });
    }
    await sleep(AFTER_FAILURE_MS);
  }
}

function count(name: AttackName): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

function isOfConnection(error: unknown): boolean {
  return error instanceof NoServerError || (error instanceof Error && "syscall" in error);
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const keyed = items.map((item) => ({ item, key: random.next() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

/** Whether this process has used more of the processor than it may. */
function overShare(): boolean {
  const { user, system } = process.cpuUsage();
  return (user + system) / US_PER_MS > SHARE * process.uptime() * 1000;
}
