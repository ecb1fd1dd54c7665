/** How a server ends when it is told to: see serve.ts. */

import type { Logger } from "pino";
import type { BmpWorker } from "../bmp/port.js";
import type { Store } from "../engine/contract/store-port.js";
import type { Engine } from "../engine/engine.js";
import type { OperatorServer } from "../operator/index.js";
import type { Server } from "../protocol/server.js";
import { ExitCode } from "./exit-code.js";

const STUCK_CHECK_MS = 500;

interface Running {
  readonly engine: Engine;
  readonly server: Server;
  readonly store: Store;
  readonly bmp: BmpWorker;
  readonly operator: OperatorServer | null;
}

export function stopOnSignals(
  { engine, server, store, bmp, operator }: Running,
  log: Logger,
): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) {
      log.warn(
        `${signal} again: stopping at once; everything that was confirmed to a client is saved`,
      );
      process.exit(ExitCode.interrupted);
    }
    stopping = true;
    log.info({ orders: engine.ordersUnderWay }, `${signal}: stopping when the BMPs are done`);
    server.stopAccepting();
    const finish = (): void => {
      operator?.close();
      clearInterval(watch);
      store.close().then(
        async () => {
          await bmp.stop();
          log.info("stopped");
          process.exit(ExitCode.ok);
        },
        async (error: unknown) => {
          await bmp.stop();
          log.fatal(
            { err: error },
            "the last changes could not be saved; everything that was confirmed to a client is. Mend the disk and start the server again",
          );
          process.exit(ExitCode.cannotStart);
        },
      );
    };
    // A disk that takes nothing must not keep the server from stopping.
    const watch = setInterval(() => {
      if (engine.refusal() !== null) finish();
    }, STUCK_CHECK_MS);
    engine.stop(finish);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}
