/**
 * Signals while the server starts. A stop gives the start up at its next step, or ends the process
 * when that takes too long; a reload comes after the start.
 */
import type { Logger } from "pino";
import { ExitCode } from "./exit-code.js";
import type { ProcessSignals, SignalHandlers } from "./signals.js";

/** A start that is given up takes no longer. */
const LONGEST_MS = 10_000;

/** The start was given up, since a signal said so. */
export class StartGivenUp extends Error {
  override readonly name = "StartGivenUp";

  constructor(readonly signal: NodeJS.Signals) {
    super(`${signal} during the start`);
  }
}

export class StartSignals {
  private given: StartGivenUp | null = null;
  private giveUp: (reason: StartGivenUp) => void = () => {};
  private readonly givenUp = new Promise<never>((_, reject) => {
    this.giveUp = reject;
  });
  private reloadWanted = false;
  private isStopping = false;
  private running: Pick<SignalHandlers, "stop" | "reload"> | null = null;

  constructor(
    signals: ProcessSignals,
    private readonly log: Logger,
  ) {
    // Told where something waits for it; nothing may.
    this.givenUp.catch(() => {});
    signals.handle({
      stop: (signal) => this.stop(signal),
      reload: () => this.reload(),
      ignored: (signal) => log.info({ signal }, `${signal}: ignored; it does nothing here`),
    });
  }

  /** What the promise resolves to. @throws StartGivenUp at once when the server is to stop */
  unlessStopped<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.givenUp]);
  }

  /** @throws StartGivenUp when the server is to stop */
  check(): void {
    if (this.given !== null) throw this.given;
  }

  /** The start is over: from now on the server deals with them itself. */
  started(running: Pick<SignalHandlers, "stop" | "reload">): void {
    this.running = running;
    if (this.reloadWanted) running.reload();
  }

  private reload(): void {
    if (this.isStopping || this.given !== null)
      this.log.info(
        "SIGHUP: ignored, the server is stopping; the next start reads the configuration",
      );
    else if (this.running !== null) this.running.reload();
    else {
      if (!this.reloadWanted) this.log.info("SIGHUP during the start: the reload comes after it");
      this.reloadWanted = true;
    }
  }

  private stop(signal: NodeJS.Signals): void {
    if (this.running === null && this.given === null) {
      this.given = new StartGivenUp(signal);
      setTimeout(() => {
        this.log.fatal(
          `${signal}: the start could not be given up in time; the server ends at once`,
        );
        process.exit(ExitCode.cannotStart);
      }, LONGEST_MS).unref();
      this.giveUp(this.given);
    } else if (this.running === null || this.isStopping) {
      this.log.warn(
        `${signal} again: stopping at once; everything that was confirmed to a client is saved`,
      );
      process.exit(ExitCode.interrupted);
    } else {
      this.isStopping = true;
      this.running.stop(signal);
    }
  }
}
