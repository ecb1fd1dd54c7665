import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { operatorSocketPath, startOperatorServer } from "../../src/operator/index.js";
import { commandsThatAnswer } from "./commands.js";

const REQUESTS = 500;

it("many requests of a program are answered one a turn, and clients are served between them", async () => {
  const directory = mkdtempSync(join(tmpdir(), "spalloc-operator-"));
  let answered = 0;
  let inTurn = 0;
  let mostInTurn = 0;
  const server = await startOperatorServer({
    socket: operatorSocketPath(directory),
    commands: {
      ...commandsThatAnswer,
      "quarantine.list": () => {
        answered += 1;
        inTurn += 1;
        mostInTurn = Math.max(mostInTurn, inTurn);
        return { boards: [], silentBmps: [], suspectBmps: [] };
      },
    },
    currentMark: () => 0,
    whenDurable: (_, callback) => callback(),
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const socket = createConnection(operatorSocketPath(directory));
  try {
    await once(socket, "connect");
    socket.resume();
    socket.write('{"command":"quarantine.list"}\n'.repeat(REQUESTS));
    while (answered < REQUESTS) {
      await new Promise((resolve) => setImmediate(resolve));
      inTurn = 0;
    }
    expect(mostInTurn).toBe(1);
  } finally {
    socket.destroy();
    server.close();
    rmSync(directory, { recursive: true });
  }
});
