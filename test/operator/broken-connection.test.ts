import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { askServer } from "../../src/operator/client.js";
import { operatorSocketPath, startOperatorServer } from "../../src/operator/index.js";
import { commandsThatAnswer } from "./commands.js";

const LIST = '{"command":"quarantine.list"}\n';
it("a program that goes away in the middle of its answers, or its requests, ends nobody else's", async () => {
  const directory = mkdtempSync(join(tmpdir(), "spalloc-operator-"));
  const server = await startOperatorServer({
    socket: operatorSocketPath(directory),
    commands: commandsThatAnswer,
    currentMark: () => 0,
    whenDurable: (_, callback) => callback(),
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  try {
    for (const requests of [LIST.repeat(2000), `${LIST}${LIST.slice(0, 9)}`, LIST.slice(0, 9)]) {
      const socket = createConnection(operatorSocketPath(directory)).pause();
      await once(socket, "connect");
      await new Promise((resolve) => socket.write(requests, resolve));
      // It leaves with answers that it has not read, which the server gets to know as a reset.
      await askServer(directory, "quarantine.list", {});
      socket.destroy();
      await once(socket, "close");
      const { boards } = await askServer(directory, "quarantine.list", {});
      expect(boards).toEqual([]);
    }
  } finally {
    server.close();
    rmSync(directory, { recursive: true });
  }
});
