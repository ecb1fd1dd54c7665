/** What signals do in the course of a server's life; the processes are in test/end-to-end. */
import pino from "pino";
import { describe, expect, it } from "vitest";
import type { ProcessSignals, SignalHandlers } from "../../src/host/signals.js";
import { StartSignals } from "../../src/host/start-signals.js";

interface Life {
  readonly send: SignalHandlers;
  readonly lines: string[];
  readonly done: string[];
  readonly signals: StartSignals;
}

function begin(): Life {
  const [lines, done]: string[][] = [[], []];
  const log = pino({}, { write: (line) => lines!.push((JSON.parse(line) as { msg: string }).msg) });
  let send!: SignalHandlers;
  const signals = new StartSignals(
    {
      handle: (handlers: SignalHandlers) => {
        send = handlers;
      },
    } as ProcessSignals,
    log,
  );
  return { send, lines: lines!, done: done!, signals };
}

const STOPPING = "SIGHUP: ignored, the server is stopping; the next start reads the configuration";

describe("SIGHUP", () => {
  it("during a stop reads nothing, and a line says so", () => {
    const { send, lines, done, signals } = begin();
    signals.started({ stop: () => done.push("stop"), reload: () => done.push("reload") });
    send.reload();
    send.stop("SIGTERM");
    send.reload();
    expect([done, lines]).toEqual([["reload", "stop"], [STOPPING]]);
  });

  it("does the same while a start is given up", () => {
    const { send, lines } = begin();
    send.stop("SIGTERM");
    send.reload();
    expect(lines).toEqual([STOPPING]);
  });

  it("during a start is done after it, once", () => {
    const { send, lines, done, signals } = begin();
    send.reload();
    send.reload();
    signals.started({ stop: () => done.push("stop"), reload: () => done.push("reload") });
    expect([done, lines]).toEqual([
      ["reload"],
      ["SIGHUP during the start: the reload comes after it"],
    ]);
  });
});
