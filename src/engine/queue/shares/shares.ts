/**
 * Whose job is next, between hosts: start-time fair queueing.
 *
 * Each host with jobs in a queue has a *share*. A share counts the triads that its host was given since
 * it began to wait: whoever was given least comes first, and of several the one that has waited
 * longest. Within a share jobs are in order of creation. So a host that waits alone has all, and of
 * several each gets as much, however many jobs it has and however large they are.
 *
 * A host that comes begins with as much as the least of those that wait, so nobody saves up by
 * staying away; and nobody is ever further ahead of the least than two machines, so that those who
 * used what others had no use for do not pay for it later. When nobody waits all is forgotten.
 */
import { BOARDS_PER_TRIAD, boardCount, type Size } from "../../../domain/board.js";
import { triadsAsked } from "../../../domain/request.js";
import type { WaitingJob } from "../waiting-job.js";
import { inFairOrder } from "./fair-order.js";
import { Holdings } from "./holdings.js";
import { OrderedSet } from "./ordered-set.js";
import { comesBefore, type Share } from "./share.js";

/** Hosts that have gone are remembered no further than this. */
const MOST_REMEMBERED = 1000;
/** By how many machines a host may be ahead of the one that was given least. */
const FURTHEST_AHEAD = 2;

export class Shares<Job extends WaitingJob> {
  private readonly byHost = new Map<string, Share<Job>>();
  private readonly order = new OrderedSet<Share<Job>>(comesBefore);
  /** What hosts that wait no more were given, where that is more than the least. */
  private readonly gone = new Map<string, number>();
  readonly holdings = new Holdings();
  private readonly triads: number;

  constructor(private readonly machine: Size) {
    this.triads = machine.width * machine.height;
  }

  /** Hosts that wait. */
  get hosts(): number {
    return this.byHost.size;
  }

  of({ creatorHost }: Job): Share<Job> | undefined {
    return this.byHost.get(creatorHost);
  }

  /** Whether the host has been given a machine more than the least of those that wait. */
  isAhead({ given }: Share<Job>): boolean {
    return given - this.least >= this.triads;
  }

  /** The first jobs of all, at most `limit`: as they would start if each fitted. */
  inOrder(limit: number): Job[] {
    return inFairOrder(this.order, limit);
  }

  add(job: Job): void {
    const share = this.of(job);
    if (share === undefined) this.begin(job);
    else {
      const isFirst = job.jobId < share.first.jobId;
      if (isFirst) this.order.remove(share);
      share.jobs.add(job);
      if (!isFirst) return;
      share.first = job;
      this.order.add(share);
    }
  }

  remove(job: Job): void {
    const share = this.of(job);
    if (share === undefined) return;
    if (job !== share.first) {
      share.jobs.remove(job);
      return;
    }
    this.order.remove(share);
    share.jobs.remove(job);
    const { first } = share.jobs;
    if (first === undefined) this.end(share);
    else {
      share.first = first;
      this.order.add(share);
    }
  }

  /** A job was started, and is in the queue no more. */
  started({ creatorHost: host, request }: Job, nowMs: number): void {
    if (this.byHost.size === 0) return;
    const asked = triadsAsked(request);
    const share = this.byHost.get(host);
    if (share === undefined) {
      this.remember(host, this.charged(this.gone.get(host) ?? this.least, asked));
      return;
    }
    const given = this.charged(share.given, asked);
    this.order.remove(share);
    share.given = given;
    share.startedMs = nowMs;
    this.order.add(share);
  }

  /**
   * Whether others are to wait for the job while it does not fit. They are not where it waits for its
   * own host: nothing else is in use, or no room would be left beside what that host has.
   */
  keepsOthersWaiting({ creatorHost, request }: Job): boolean {
    if (this.byHost.size <= 1) return true;
    const { holdings } = this;
    const held = holdings.of(creatorHost);
    if (held === 0) return true;
    const asked = BOARDS_PER_TRIAD * triadsAsked(request);
    return held !== holdings.inUse && asked + held <= boardCount(this.machine);
  }

  /** Given to the one of those that wait that was given least. */
  private get least(): number {
    return this.order.first?.given ?? 0;
  }

  private charged(given: number, asked: number): number {
    return Math.min(given + asked, this.least + FURTHEST_AHEAD * this.triads);
  }

  private begin(first: Job): void {
    const { creatorHost: host } = first;
    const jobs = new OrderedSet<Job>(isOlder);
    jobs.add(first);
    const given = Math.max(this.gone.get(host) ?? 0, this.least);
    const share = { host, jobs, first, given, startedMs: Number.NEGATIVE_INFINITY };
    this.gone.delete(host);
    this.byHost.set(host, share);
    this.order.add(share);
  }

  private end({ host, given }: Share<Job>): void {
    this.byHost.delete(host);
    if (this.byHost.size === 0) this.gone.clear();
    else this.remember(host, given);
  }

  private remember(host: string, given: number): void {
    this.gone.delete(host);
    if (given <= this.least) return;
    this.gone.set(host, given);
    if (this.gone.size <= MOST_REMEMBERED) return;
    const [oldest] = this.gone.keys();
    this.gone.delete(oldest!);
  }
}

function isOlder(a: WaitingJob, b: WaitingJob): boolean {
  return a.jobId < b.jobId;
}
