/**
 * One client's connection: the real commands of the server, over a wire without sockets. As in
 * src/protocol/connection/connection.ts, answers come in the order of the requests and are held until their marks
 * are durable; a create_job whose answer is to come makes the requests behind it wait.
 */
import type { ClientActor } from "../../src/engine/contract/actors.js";
import type { CommitMark } from "../../src/engine/contract/api.js";
import type { Log } from "../../src/engine/contract/log.js";
import type { Answer } from "../../src/protocol/answers/answer.js";
import type { Caller, Context } from "../../src/protocol/requests/command.js";
import { dispatch } from "../../src/protocol/requests/dispatch.js";
import type { Request, ServerWitness } from "./witness.js";

interface Held {
  readonly request: Request;
  readonly answer: Answer;
  /** The commit that the answer depends on, as the simulation sees it. */
  readonly needs: CommitMark;
}

/** What connections need of their server. */
interface ConnectionServer {
  readonly context: Context;
  readonly witness: ServerWitness;
  readonly log: Log;
}

export class SimulatedConnection implements Caller {
  /** What was sent to the client and it has not read yet. */
  readonly inbox: (() => void)[] = [];
  onJobChanged: (jobId: number) => void = () => {};
  onMachineChanged: (name: string) => void = () => {};
  private readonly requests: Request[] = [];
  private held: Held[] = [];
  private isWaiting = false;
  isOpen = true;

  constructor(
    private readonly server: ConnectionServer,
    readonly actor: ClientActor,
  ) {}

  /** Whether every request was answered and every message read. */
  get isQuiet(): boolean {
    return this.owesNothing && this.inbox.length === 0;
  }

  get awaitsCommit(): boolean {
    return this.held.length > 0;
  }

  private get owesNothing(): boolean {
    return !this.isWaiting && this.requests.length === 0 && this.held.length === 0;
  }

  ask(request: Request): void {
    this.requests.push(request);
    this.serve();
  }

  /** Sends the first answers, as far as their commits are done. */
  private release(): void {
    const { engine } = this.server.context;
    while (this.isOpen && this.held.length > 0) {
      const { mark } = this.held[0]!.answer;
      if (mark > engine.durableMark()) {
        engine.whenDurable(mark, () => this.release());
        return;
      }
      this.send(this.held.shift()!);
    }
  }

  jobsChanged(jobIds: readonly number[]): void {
    for (const jobId of jobIds) this.inbox.push(() => this.onJobChanged(jobId));
  }

  machinesChanged(names: readonly string[]): void {
    for (const name of names) this.inbox.push(() => this.onMachineChanged(name));
  }

  /** The client is gone: what was not read is lost, and nothing is heard of what was asked. */
  close(): void {
    const { held } = this;
    this.die();
    for (const { request, answer } of held) this.lose(request, answer);
  }

  /** The server is gone. */
  die(): void {
    this.isOpen = false;
    this.inbox.length = 0;
    this.held = [];
  }

  private lose(request: Request, answer: Answer): void {
    if (answer.delivery === undefined) return;
    answer.delivery.unwritten();
    this.server.witness.lost(request, answer);
  }

  private serve(): void {
    while (this.requests.length > 0 && !this.isWaiting) {
      const request = this.requests.shift()!;
      const { command, args = [], kwargs = {} } = request;
      this.server.witness.asked(request);
      const line = JSON.stringify({ command, args, kwargs });
      const answer = dispatch(line, this.server.context, this, this.server.log);
      if (typeof answer !== "function") this.answer(request, answer);
      else {
        this.isWaiting = true;
        answer((later) => {
          this.isWaiting = false;
          this.answer(request, later);
          if (this.isOpen) this.serve();
        });
      }
    }
  }

  private answer(request: Request, answer: Answer): void {
    const needs = this.server.witness.answered(request, answer);
    if (!this.isOpen) {
      this.lose(request, answer);
      return;
    }
    this.held.push({ request, answer, needs });
    if (this.held.length === 1) this.release();
  }

  private send({ request, answer, needs }: Held): void {
    answer.delivery?.written();
    this.server.witness.sent(request, answer, needs);
    const { return: value, exception } = JSON.parse(answer.line);
    if (exception === undefined) this.inbox.push(() => request.returned?.(value));
  }
}
