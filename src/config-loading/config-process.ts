/**
 * The process in which a configuration is evaluated. It leads a session, and so a process group, of its
 * own: a Ctrl-C in the server's terminal does not reach it, and all it starts can be ended with it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { HEAP_OPTION, limitedScript, withoutDebugger } from "./limits.js";
import { endMarked } from "./process-tree.js";

const ENTRY = fileURLToPath(new URL("../../workers/config.js", import.meta.url));

const SHELL = "/bin/sh";

/** In the environment of it, and of all that it starts. */
const MARK = "SPALLOC_CONFIG_PROCESS";

export class ConfigProcess {
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly answer: Readable;
  private readonly child: ChildProcess;
  private readonly mark: string;
  private isEnded = false;
  private readonly end = () => this.kill();

  /** Throws what the system says when there can be no process. */
  static start(file: string): Promise<ConfigProcess> {
    const command = [process.execPath, HEAP_OPTION, ENTRY, file];
    const script = limitedScript(process.pid === 1);
    return begun([SHELL, "-c", script, "spalloc-config", ...command]).catch((error: unknown) => {
      const code = error instanceof Error && "code" in error ? error.code : null;
      // A system without a shell, or that may not be used.
      if (code === "ENOENT" || code === "EACCES") return begun(command);
      throw error;
    });
  }

  /** To be called by {@link begun}. */
  constructor(child: ChildProcess, mark: string) {
    this.child = child;
    this.mark = mark;
    const [, stdout, stderr, answer] = child.stdio;
    this.stdout = stdout as Readable;
    this.stderr = stderr as Readable;
    this.answer = answer as Readable;
    process.once("exit", this.end);
  }

  get pid(): number {
    return this.child.pid!;
  }

  onExit(listener: (code: number | null, signal: NodeJS.Signals | null) => void): void {
    this.child.once("exit", listener);
  }

  /** Ends it with all that it started; those that left its group, a moment later. */
  kill(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    process.off("exit", this.end);
    try {
      process.kill(-this.pid, "SIGKILL");
    } catch {
      // None of them is left.
    }
    void endMarked(this.mark);
  }

  /** Keeps nobody waiting any more. */
  forget(): void {
    for (const stream of this.child.stdio) stream?.destroy();
    this.child.unref();
  }
}

/** Not in the directory of the file: whoever enters one on a disk that does not answer stays there. */
function begun([file, ...args]: readonly string[]): Promise<ConfigProcess> {
  const token = randomBytes(8).toString("hex");
  const env: NodeJS.ProcessEnv = { ...process.env, [MARK]: token };
  if (env["NODE_OPTIONS"] !== undefined) env["NODE_OPTIONS"] = withoutDebugger(env["NODE_OPTIONS"]);
  return new Promise((resolve, reject) => {
    const child = spawn(file!, args, {
      cwd: "/",
      detached: true,
      env,
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
    });
    child.once("error", reject);
    if (child.pid !== undefined) resolve(new ConfigProcess(child, `${MARK}=${token}`));
  });
}
