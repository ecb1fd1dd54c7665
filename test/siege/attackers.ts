/** The process of the attackers, as the siege sees it. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { AttackersOptions, FromAttackers, ServerStarted } from "./attackers/messages.js";
import type { SiegeReport } from "./report.js";

const PROGRAM = fileURLToPath(new URL("attackers/main.ts", import.meta.url));
const JITI = fileURLToPath(new URL("../../node_modules/jiti/lib/jiti-cli.mjs", import.meta.url));

export class Attackers {
  /** Jobs that must be there until they are released. */
  readonly acknowledged = new Set<number>();
  counts: SiegeReport["attacks"] = {};
  private readonly underWay: string[] = [];
  private readonly child: ChildProcess;

  /** @param failed is told when they do not do what they should */
  constructor(options: AttackersOptions, failed: (what: string) => void) {
    this.child = fork(PROGRAM, [JSON.stringify(options)], { execArgv: [JITI] });
    this.child.on("message", (message: FromAttackers) => {
      if ("acknowledged" in message) this.acknowledged.add(message.acknowledged);
      else if ("released" in message)
        for (const id of message.released) this.acknowledged.delete(id);
      else if ("defect" in message) failed(`an attack is not as it should be: ${message.defect}`);
      else if ("attack" in message) this.underWay[message.attacker] = message.attack;
      else this.counts = message.counts;
    });
    this.child.on("exit", (code, signal) => {
      if (signal !== "SIGKILL") failed(`the attackers ended by themselves, with ${code ?? signal}`);
    });
  }

  /** What the attackers are at, or were last. */
  get attacks(): string {
    return this.underWay.join(", ");
  }

  serverStarted(pid: number): void {
    this.child.send({ pid } satisfies ServerStarted);
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null) return;
    this.child.kill("SIGKILL");
    await once(this.child, "exit");
  }
}
