/**
 * How a server ends when it is told to, within `secondsToStop`:
 *
 *   1  no new clients; the BMPs finish what they are at, and begin nothing else
 *   2  a little before the time is over, nothing more is sent to them; replies are waited for
 *   3  clients are disconnected, the state is written and closed, exit 0
 *
 * Orders that were not carried out are in the state: the next start orders them again.
 */

import type { BmpWorker } from "../bmp/port.js";
import { counted } from "../domain/counted.js";
import type { Store } from "../engine/contract/store-port.js";
import type { Engine, PendingOrder } from "../engine/engine.js";
import type { OperatorServer } from "../operator/index.js";
import type { Server } from "../protocol/server.js";
import { ExitCode } from "./exit-code.js";
import type { ServerLog } from "./log/log.js";

/** Of the time to stop: for replies to the last packets, and for the disk. At most half of it. */
const LAST_REPLIES_MS = 4000;
const LAST_WRITES_MS = 1000;
const STUCK_CHECK_MS = 500;
/** Between two lines that say what is waited for. */
const SAY_AGAIN_MS = 3000;
const NAMED_ORDERS = 5;

interface Running {
  readonly engine: Engine;
  readonly server: Server;
  readonly store: Store;
  readonly bmp: BmpWorker;
  readonly operator: OperatorServer | null;
  /** As configured. */
  readonly secondsToStop: number;
}

/** Ends the process. */
export async function stopServer(
  signal: NodeJS.Signals,
  { engine, server, store, bmp, operator, secondsToStop }: Running,
  { log, drained }: ServerLog,
): Promise<never> {
  const totalMs = secondsToStop * 1000;
  const end = setTimeout(() => {
    log.fatal(
      `the disk has not taken the last changes in ${totalMs / 1000} s (secondsToStop); everything that was confirmed to a client is saved. Check that disk and start the server again`,
    );
    process.exit(ExitCode.cannotStart);
  }, totalMs);
  const say = () => {
    const orders = [...engine.pendingOrders()];
    const waits = orders.length === 0 ? "" : `, waiting for the BMPs: ${ordersText(orders)}`;
    log.info(
      { orders: orders.length },
      `${signal}: stopping, in ${totalMs / 1000} s at most${waits}`,
    );
  };
  say();
  const saying = setInterval(say, SAY_AGAIN_MS);
  server.stopAccepting();
  const writesMs = Math.min(LAST_WRITES_MS, totalMs / 4);
  const repliesMs = Math.min(LAST_REPLIES_MS, totalMs / 2);
  await Promise.race([
    idle(engine),
    bmp.finish(totalMs - repliesMs),
    after(totalMs - writesMs),
    stuck(engine),
  ]);
  clearInterval(saying);
  await bmp.stop();
  await Promise.race([durable(engine), after(writesMs / 2), stuck(engine)]);
  operator?.close();
  server.close();
  const left = [...engine.pendingOrders()];
  engine.end();
  try {
    await store.close();
  } catch (error) {
    log.fatal(
      { err: error },
      "the last changes could not be saved; everything that was confirmed to a client is. Mend the disk and start the server again",
    );
    process.exit(ExitCode.cannotStart);
  }
  const next = left.length === 0 ? "" : `; the next start carries on with ${ordersText(left)}`;
  log.info({ orders: left.length }, `stopped${next}`);
  clearTimeout(end);
  await drained();
  process.exit(ExitCode.ok);
}

const ACTIONS = { on: "power-on", off: "power-off", check: "check", test: "self-test" } as const;

function ordersText(orders: readonly PendingOrder[]): string {
  const named = orders.slice(0, NAMED_ORDERS).map(({ jobId, machine, action }) => {
    const whose = jobId === null ? "" : ` for job ${jobId}`;
    return `${ACTIONS[action]}${whose} on machine ${machine}`;
  });
  const more = orders.length - named.length;
  const rest = more > 0 ? `, and ${more} more` : "";
  return `${counted(orders.length, "order")} (${named.join(", ")}${rest})`;
}

/** The BMPs have done all that was ordered, and it is durable. */
function idle(engine: Engine): Promise<void> {
  return new Promise((resolve) => engine.stop(resolve));
}

function durable(engine: Engine): Promise<void> {
  return new Promise((resolve) => engine.whenDurable(engine.currentMark(), resolve));
}

/** A disk that takes nothing must not keep the server from stopping. */
function stuck(engine: Engine): Promise<void> {
  return new Promise((resolve) => {
    const watch = setInterval(() => {
      if (engine.refusal() === null) return;
      clearInterval(watch);
      resolve();
    }, STUCK_CHECK_MS);
    watch.unref();
  });
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
