/** Who gives place when all connections are taken. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { HostConnections } from "../../src/protocol/hosts/connections.js";
import type { Host } from "../../src/protocol/hosts/host.js";
import { ownNetwork } from "../support/loopback.js";
import type { TestClient } from "./client.js";
import { serve } from "./harness.js";

class FakeConnection {
  hasSpoken = false;
  isBusy = false;
  wasRead = false;

  constructor(
    readonly host: Host,
    readonly acceptedAt = 0,
  ) {}
}

const LONG_AFTER = 10_000;

/** As the server does it: so many connections at most. */
class Server {
  readonly connections = new HostConnections<FakeConnection>();

  constructor(readonly most: number) {}

  /** Null when it is refused. */
  accept(address: string, now = LONG_AFTER): FakeConnection | null {
    const host = this.connections.hostOf(address);
    if (this.connections.size >= this.most) {
      const giving = this.connections.givingPlaceTo(host, now);
      if (giving === null) return null;
      this.connections.remove(giving);
    }
    const connection = new FakeConnection(host, now);
    this.connections.add(connection);
    return connection;
  }

  speaking(address: string): FakeConnection | null {
    const connection = this.accept(address);
    if (connection !== null) this.speak(connection);
    return connection;
  }

  speak(connection: FakeConnection): void {
    connection.hasSpoken = true;
    this.connections.spoke(connection);
  }

  of(address: string): number {
    return [...this.connections].filter(({ host }) => host.address === address).length;
  }
}

test("a host that is alone has all connections, and no more", () => {
  const server = new Server(100);
  for (let i = 0; i < 100; i++) expect(server.speaking("a")).not.toBeNull();
  expect(server.speaking("a")).toBeNull();
  expect(server.of("a")).toBe(100);
});

test("while others want some, each host gets as many as any other", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 200, maxLength: 400 }),
      (order) => {
        const server = new Server(40);
        for (let i = 0; i < 40; i++) server.speaking("a");
        for (const host of order) server.speaking(host);
        const asked = [...new Set(order)].filter(
          (host) => order.filter((one) => one === host).length >= 40,
        );
        const share = Math.floor(40 / new Set(["a", ...order]).size);
        for (const host of asked) expect(server.of(host)).toBeGreaterThanOrEqual(share - 1);
        expect(server.connections.size).toBe(40);
      },
    ),
  );
});

test("those that never sent a request go first, the oldest of the host with the most of them", () => {
  const server = new Server(10);
  for (let i = 0; i < 4; i++) server.speaking("many");
  const silent = [server.accept("a")!, server.accept("b")!, server.accept("b")!];
  for (let i = 0; i < 3; i++) server.speaking("many");
  const now = 2 * LONG_AFTER;
  const gone: (FakeConnection | null)[] = [];
  for (let i = 0; i < 3; i++) {
    const giving = server.connections.givingPlaceTo(server.connections.hostOf("new"), now)!;
    gone.push(giving);
    server.connections.remove(giving);
  }
  expect(gone[0]).toBe(silent[1]);
  expect(new Set(gone)).toEqual(new Set(silent));
});

test("one that has had no time yet to send a request keeps its place against hosts with as many", () => {
  const server = new Server(10);
  for (let i = 0; i < 9; i++) server.speaking("flood");
  const patient = server.accept("patient")!;
  for (let i = 0; i < 20; i++) server.accept("flood", LONG_AFTER + 10);
  expect([...server.connections]).toContain(patient);
  for (let i = 0; i < 20; i++) server.accept(`other-${i}`, LONG_AFTER + 10);
  expect([...server.connections]).toContain(patient);
});

test("of the host with the most, one that is idle goes, not one that is busy or was read from", () => {
  const server = new Server(20);
  const all = Array.from({ length: 20 }, () => server.speaking("a")!);
  for (const [at, connection] of all.entries()) {
    connection.isBusy = at % 2 === 0;
    connection.wasRead = at % 4 === 1;
  }
  for (let i = 0; i < 5; i++) {
    const giving = server.connections.givingPlaceTo(server.connections.hostOf("b"))!;
    expect([giving.isBusy, all.indexOf(giving) % 4]).toEqual([false, 3]);
    server.connections.remove(giving);
  }
});

test("hosts without connections are forgotten", () => {
  const server = new Server(1000);
  const all = Array.from({ length: 500 }, (_, at) => server.accept(`host-${at}`)!);
  expect(server.connections.isOneHost).toBe(false);
  for (const connection of all.slice(1)) server.connections.remove(connection);
  expect(server.connections.isOneHost).toBe(true);
  expect([...server.connections]).toEqual([all[0]]);
  expect(server.connections.hostOf("host-1")).not.toBe(all[1]!.host);
});

test("a client gets in though another host has taken every connection and says nothing", async () => {
  const network = await ownNetwork();
  const { connect, server, log } = await serve({ connections: 20 });
  const flood: TestClient[] = [];
  for (let i = 0; i < 20; i++) flood.push(await connect(`${network}.1.1`));
  while (server.connectionCount < 20) await new Promise((resolve) => setImmediate(resolve));
  const honest = await connect(`${network}.1.2`);
  expect(await honest.call("version")).toBe("1.0.0");
  expect(log).toContainEqual({
    level: "warn",
    message: expect.stringContaining("disconnected, to give place to another"),
    fields: expect.objectContaining({ client: `${network}.1.1`, for: `${network}.1.2` }),
  });
  await flood[0]!.untilClosed();
  expect(await flood[19]!.call("version")).toBe("1.0.0");
});

test("a client gets in though another host uses every connection, and keeps its own", async () => {
  const network = await ownNetwork();
  const { connect } = await serve({ connections: 20 });
  const crowd: TestClient[] = [];
  for (let i = 0; i < 20; i++) {
    const client = await connect(`${network}.1.1`);
    expect(await client.call("version")).toBe("1.0.0");
    crowd.push(client);
  }
  const honest = await connect(`${network}.1.2`);
  expect(await honest.call("version")).toBe("1.0.0");
  for (let i = 0; i < 20; i++) (await connect(`${network}.1.1`)).request("version");
  expect(await honest.call("version")).toBe("1.0.0");
  expect(crowd.filter(({ isClosed }) => isClosed).length).toBeLessThanOrEqual(2);
});
