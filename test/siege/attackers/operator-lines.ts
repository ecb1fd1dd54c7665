/** What a careless program says at the operator's socket. */
import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import type { Random } from "../../simulation/random.js";
import { type Attack, readFor, send } from "./target.js";

const MIB = 1024 * 1024;

/** Boards that do not exist, so that whatever is taken of it stays without effect. */
const add = (reason: string) =>
  `{"command":"quarantine.add","arguments":{"machine":"nowhere","boards":[{"board":[0,0,0]}],"reason":${JSON.stringify(reason)}}}\n`;

const LINES: readonly ((random: Random) => string)[] = [
  () => add("x".repeat(5 * MIB)),
  () => add("\ud800\u0000\u202e".repeat(200)),
  () => "x".repeat(8 * MIB),
  () => `${"[".repeat(MIB)}\n`,
  () => `{"command":"quarantine.list","arguments":${'{"a":'.repeat(100_000)}\n`,
  () => '{"command":"quarantine.list"}\n'.repeat(2_000),
  () => '{"command":"grace.end","arguments":{"jobs":[1,2,3]}}\n',
  () => `{"command":"${"y".repeat(1000)}"}\n`,
  (random) => `{"command":"quarantine.list","arg${" ".repeat(random.below(1000))}`,
];

export const operatorLines: Attack = async ({ operatorSocket }, random) => {
  const sockets: Socket[] = [];
  try {
    for (let n = 1 + random.below(10); n > 0; n--) {
      const socket = createConnection(operatorSocket);
      socket.on("error", () => socket.destroy());
      sockets.push(socket);
      await Promise.race([once(socket, "connect"), once(socket, "close")]);
      await send(socket, random.pick(LINES)(random));
    }
    await readFor(sockets[0]!, 2_000);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
};
