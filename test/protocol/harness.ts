/** A server on the fake engine, on a loopback port of its own, closed when the test is over. */
import { onTestFinished } from "vitest";
import type { Log } from "../../src/engine/contract/log.js";
import type { Limits } from "../../src/protocol/connection/limits.js";
import { type Server, type ServerOptions, startServer } from "../../src/protocol/server.js";
import { TestClient } from "./client.js";
import { FakeEngine, plainMachine } from "./fake-engine.js";

interface LogLine {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

export interface Harness {
  readonly engine: FakeEngine;
  readonly server: Server;
  readonly log: readonly LogLine[];
  /** @param localAddress - Of the host that the client is on; any by default. */
  connect(localAddress?: string): Promise<TestClient>;
}

export async function serve(
  limits: Partial<Limits> = {},
  options: Pick<ServerOptions, "now"> = {},
): Promise<Harness> {
  const engine = new FakeEngine([plainMachine("m", 4, 2), plainMachine("t", 1, 1)]);
  const lines: LogLine[] = [];
  const to = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields, message });
  };
  const log: Log = {
    debug: to("debug"),
    info: to("info"),
    warn: to("warn"),
    error: to("error"),
  };
  const server = await startServer({ engine, host: "127.0.0.1", port: 0, log, limits, ...options });
  const clients: TestClient[] = [];
  onTestFinished(() => {
    for (const client of clients) client.close();
    server.close();
  });
  return {
    engine,
    server,
    log: lines,
    async connect(localAddress) {
      const client = await TestClient.open(server.address.port, "127.0.0.1", localAddress);
      clients.push(client);
      return client;
    },
  };
}
