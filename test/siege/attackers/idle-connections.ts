/** Connections that take room and give nothing. */
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { attack } from "../../fuzz/attacker.js";
import type { Random } from "../../simulation/random.js";
import { type Attack, open, readFor, send, type Target } from "./target.js";

/** As many as it gets. */
async function openMany(target: Target, random: Random, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  try {
    for (let n = 0; n < count; n++) sockets.push(await open(target, random));
  } catch (error) {
    if (sockets.length === 0) throw error;
  }
  return sockets;
}

async function hold(sockets: readonly Socket[], ms: number): Promise<void> {
  await sleep(ms);
  for (const socket of sockets) socket.destroy();
}

/** They never speak. */
export const silent: Attack = async (target, random) => {
  await hold(await openMany(target, random, 800), 4_000);
};

/** They begin a line, and do not end it. */
export const halfLines: Attack = async (target, random) => {
  const sockets = await openMany(target, random, 20);
  const half = `{"command":"create_job","kwargs":{"owner":"${"x".repeat(random.pick([10, 900_000]))}`;
  for (const socket of sockets) await send(socket, half);
  await hold(sockets, 3_000);
};

/** A line byte by byte. */
export const dribble: Attack = async (target, random) => {
  const socket = await open(target, random);
  for (const byte of '{"command":"version"}\n{"command":"list_jobs"}\n') {
    await send(socket, byte);
    await sleep(10);
  }
  await readFor(socket, 500);
};

/** They ask, and do not read. */
export const unread: Attack = async (target, random) => {
  const sockets = await openMany(target, random, 10);
  const asked = random.pick(["list_jobs", "list_machines", "version"]);
  for (const socket of sockets) {
    socket.pause();
    void send(socket, `{"command":"notify_job"}\n${`{"command":"${asked}"}\n`.repeat(500)}`);
  }
  await hold(sockets, 4_000);
};

/** They watch whatever may be watched, by the longest names. */
export const watchers: Attack = async (target, random) => {
  const sockets = await openMany(target, random, 30);
  const name = "w".repeat(random.pick([100, 10_000]));
  for (const socket of sockets) {
    socket.resume();
    const lines = Array.from({ length: 150 }, (_, n) =>
      random.chance(0.5)
        ? `{"command":"notify_machine","args":["${name}${n}"]}\n`
        : `{"command":"notify_job","args":[${random.below(1_000_000)}]}\n`,
    );
    await send(socket, lines.join(""));
  }
  await hold(sockets, 3_000);
};

/** They come and go. */
export const churn: Attack = async (target, random) => {
  for (const socket of await openMany(target, random, 300)) {
    if (random.chance(0.3)) socket.write('{"command":"version"}\n');
    if (random.chance(0.5)) socket.resetAndDestroy();
    else socket.destroy();
  }
};

/** What the fuzzer sends. The first ids belong to nobody any more. */
export const garbage: Attack = async ({ port }, random) => {
  await attack(port, random, { highestId: -9, jobId: null });
};
