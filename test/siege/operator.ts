/** An operator at work: looks, takes boards out, gives them back. */
import { setTimeout as sleep } from "node:timers/promises";
import { askServer } from "../../src/operator/client.js";
import type { Random } from "../simulation/random.js";
import type { Judge } from "./judge.js";
import { WIDE } from "./machines.js";

/** A person waits for a program to start, and the server loads for the first of them what it takes to serve it. */
const LIMIT_MS = 1_000;
const REASON = "seen to by the operator of the siege";
const LONGEST_REST_MS = 600;
const RETRY_MS = 100;

export class Operator {
  requests = 0;
  /** Boards that it has in quarantine, as far as it knows. */
  private readonly out = new Set<string>();

  constructor(
    private readonly stateDirectory: string,
    private readonly judge: Judge,
    private readonly random: Random,
  ) {}

  async work(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      try {
        await this.act();
        this.requests += 1;
        await sleep(this.random.below(LONGEST_REST_MS));
      } catch {
        // The judge knows of it. Whether it was done is seen in the list.
        this.out.clear();
        await sleep(RETRY_MS);
      }
    }
  }

  private async act(): Promise<void> {
    const { random, stateDirectory } = this;
    const what = random.next();
    if (what < 0.4) await this.list();
    else if (what < 0.5) {
      await this.ask("operator: grace list", () => askServer(stateDirectory, "grace.list", {}));
    } else if (what < 0.75 && this.out.size < 2) await this.add();
    else await this.release();
  }

  private ask<T>(what: string, ask: () => Promise<T>): Promise<T> {
    return this.judge.answer(what, ask, LIMIT_MS);
  }

  /** Nobody but it takes boards out: no BMP is silent, and none of its boards is at fault. */
  private async list(): Promise<void> {
    const { boards, silentBmps, suspectBmps } = await this.ask("operator: quarantine list", () =>
      askServer(this.stateDirectory, "quarantine.list", {}),
    );
    for (const { machineName, coordinates, reason } of boards) {
      this.judge.expect(
        reason === REASON,
        () => `board [${coordinates}] of ${machineName} is in quarantine: ${reason}`,
      );
    }
    for (const { bmp } of [...silentBmps, ...suspectBmps]) {
      this.judge.violation(`BMP ${bmp} counts as silent or its frame is suspect; nothing ails it`);
    }
    this.out.clear();
    for (const { coordinates } of boards) this.out.add(String(coordinates));
  }

  private async add(): Promise<void> {
    const { random, stateDirectory } = this;
    const board = [random.below(WIDE.width), random.below(WIDE.height), random.below(3)] as const;
    const args = { machine: WIDE.name, boards: [{ board }], reason: REASON };
    this.out.add(board.join());
    await this.ask("operator: quarantine add", () =>
      askServer(stateDirectory, "quarantine.add", args),
    );
  }

  private async release(): Promise<void> {
    const { stateDirectory } = this;
    const [name] = this.out;
    if (name === undefined) return;
    const [x = 0, y = 0, z = 0] = name.split(",").map(Number);
    const args = { machine: WIDE.name, boards: [{ board: [x, y, z] as const }], reason: REASON };
    await this.ask("operator: quarantine release", () =>
      askServer(stateDirectory, "quarantine.release", args),
    );
    this.out.delete(name);
  }
}
