/**
 * What this process does about signals, from its first moment on. Imported before anything else, and
 * importing next to nothing: until it is there, Node's own answer to most signals is to end.
 *
 *   held       what comes is remembered
 *   handled    by the server: what was remembered comes first
 *   released   by commands that start no server: signals do again what they do to any program
 */
import { constants } from "node:os";

/** They stop the server in order; the same, or another of them, a second time ends it at once. */
const STOP_SIGNALS = ["SIGTERM", "SIGINT", "SIGQUIT"] as const;
/** It reads the configuration again. */
const RELOAD_SIGNAL = "SIGHUP";
/**
 * They would end a program that does not expect them, and SIGUSR1 would open a debugger's port of
 * Node. SIGPIPE is not among them: Node ignores it, and the log has nothing to say of a lost pipe.
 */
const WITHOUT_EFFECT = [
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGVTALRM",
  "SIGPROF",
  "SIGIO",
  "SIGPWR",
  "SIGSTKFLT",
] as const;

/** Node's profiler is driven by SIGPROF, and would record nothing. */
const isProfiled = process.execArgv.some((option) => /^--(cpu-)?prof/.test(option));

export interface SignalHandlers {
  readonly stop: (signal: NodeJS.Signals) => void;
  readonly reload: () => void;
  /** A signal that does nothing has come. */
  readonly ignored: (signal: NodeJS.Signals) => void;
}

type Listener = (signal: NodeJS.Signals) => void;

export class ProcessSignals {
  private readonly listeners = new Map<NodeJS.Signals, Listener>();
  private remembered: NodeJS.Signals[] = [];
  private handlers: SignalHandlers | null = null;

  /** Remembers what comes. */
  hold(): void {
    for (const signal of [...STOP_SIGNALS, RELOAD_SIGNAL, ...WITHOUT_EFFECT] as const) {
      if (!Object.hasOwn(constants.signals, signal)) continue;
      if (signal === "SIGPROF" && isProfiled) continue;
      const listener = () => this.receive(signal);
      this.listeners.set(signal, listener);
      process.on(signal, listener);
    }
  }

  /** Hands over what was remembered, in order, and from then on what comes. */
  handle(handlers: SignalHandlers): void {
    this.handlers = handlers;
    for (const signal of this.remembered.splice(0)) this.receive(signal);
  }

  /** Signals do again what they do to any program, also those that were remembered. */
  release(): void {
    for (const [signal, listener] of this.listeners) process.off(signal, listener);
    this.listeners.clear();
    for (const signal of this.remembered.splice(0)) process.kill(process.pid, signal);
  }

  private receive(signal: NodeJS.Signals): void {
    if (this.handlers === null) this.remembered.push(signal);
    else if (signal === RELOAD_SIGNAL) this.handlers.reload();
    else if (isOneOf(STOP_SIGNALS, signal)) this.handlers.stop(signal);
    else this.handlers.ignored(signal);
  }
}

function isOneOf(signals: readonly string[], signal: NodeJS.Signals): boolean {
  return signals.includes(signal);
}

/** Of this process. */
export const processSignals = new ProcessSignals();
