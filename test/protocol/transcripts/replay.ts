/** Replays a recorded transcript against a running server and reports where it differs. */
import { setTimeout as delay } from "node:timers/promises";
import type { Json, JsonObject } from "../../../src/protocol/requests/json.js";
import { TestClient } from "../client.js";
import { Allocations } from "./allocations.js";
import { GRANTED_HERE, REFUSED_HERE, SKIPPED_HERE } from "./allowed-differences.js";
import { compareReturned } from "./compare-answers.js";
import { JobIds } from "./job-ids.js";
import type { MovedAddresses } from "./machines.js";
import { KINDS, Notices } from "./notifications.js";
import { jsonOrNull, readTranscript, requestsIn, type Step } from "./transcript.js";

export interface Difference {
  /** Number of the step in the transcript, from 1. */
  readonly step: number;
  readonly request: string;
  readonly recorded: string;
  readonly ours: string;
  readonly what: string;
}

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** Where the machines are; where they were recorded, when left out. */
  readonly machines?: MovedAddresses;
}

/** How long something may be missing before it counts as a difference rather than as slow. */
const PATIENCE_MS = 10_000;
const POLL_MS = 5;

const READY = 3;

/** Requests after which a job is in state power for a while. */
const POWERING = ["create_job", "power_on_job_boards", "power_off_job_boards"];

/**
 * Runs a transcript on a fresh server; no differences means that it agrees.
 *
 * @param powerOnMs - How long its BMPs take to power on; to power off they take no time.
 */
export async function replayTranscript(
  file: string,
  address: ServerAddress,
  powerOnMs = 0,
): Promise<readonly Difference[]> {
  const steps = readTranscript(file);
  const replay = new Replay(steps, address, powerOnMs);
  try {
    for (const [index, step] of steps.entries()) await replay.take(index + 1, step);
  } finally {
    replay.closeAll();
  }
  return replay.differences;
}

interface Peer {
  readonly client: TestClient;
  readonly notices: Notices;
  /** What was sent of a line that is not complete. */
  unfinished: Buffer;
  /** What was sent last. */
  lastSent: string;
  /** Requests sent and not yet answered, as recorded and whether they are about no job of ours. */
  readonly asked: { readonly recorded: JsonObject; readonly isOfNoJob: boolean }[];
}

class Replay {
  readonly differences: Difference[] = [];
  readonly ids: JobIds;
  readonly allocations = new Allocations();
  private readonly peers = new Map<string, Peer>();
  private control: TestClient | null = null;
  /** When boards of a job were last asked to go on or off. */
  private poweringSince = 0;

  constructor(
    steps: readonly Step[],
    private readonly address: ServerAddress,
    private readonly powerOnMs: number,
  ) {
    this.ids = new JobIds(steps);
  }

  async take(number: number, step: Step): Promise<void> {
    if (step.kind === "waitForState") return this.waitForState(number, step.jobId, step.state);
    const peer = await this.peer(step.client);
    switch (step.kind) {
      case "send":
        return this.send(peer, step.bytes);
      case "receive":
        return this.receive(number, peer, step.line);
      case "halfClose":
        peer.client.socket.end();
        return;
      case "closed":
        return this.expectClosed(number, step.client, peer);
      case "close":
        peer.client.close();
        this.peers.delete(step.client);
    }
  }

  readonly mayBeDone = (power: boolean): boolean =>
    !power || performance.now() - this.poweringSince >= this.powerOnMs;

  closeAll(): void {
    this.control?.close();
    for (const { client } of this.peers.values()) client.close();
  }

  private async peer(name: string): Promise<Peer> {
    const known = this.peers.get(name);
    if (known) return known;
    const client = await TestClient.open(this.address.port, this.address.host);
    const nothing = { unfinished: Buffer.alloc(0), lastSent: "", asked: [] };
    const peer: Peer = { client, notices: new Notices(), ...nothing };
    this.peers.set(name, peer);
    return peer;
  }

  private send(peer: Peer, bytes: Buffer): void {
    for (const { notices } of this.peers.values()) notices.forget();
    peer.lastSent = bytes.toString("latin1");
    const received = Buffer.concat([peer.unfinished, bytes]);
    const end = received.lastIndexOf("\n") + 1;
    peer.unfinished = received.subarray(end);
    const requests = requestsIn(received.subarray(0, end));
    let sent = bytes;
    for (const recorded of requests) {
      const translated = this.ids.translate(recorded);
      const isOfNoJob = translated !== null && this.ids.isLeftBehind(translated.theirs);
      peer.asked.push({ recorded, isOfNoJob });
      if (POWERING.includes(String(recorded["command"]))) this.poweringSince = performance.now();
      peer.notices.sent(translated?.request ?? recorded);
      if (translated) sent = Buffer.from(`${JSON.stringify(translated.request)}\n`);
    }
    // A line that is JSON only to lax parsers is a request as well.
    if (requests.length === 0 && bytes.includes('"command":"get_job_state"')) {
      peer.asked.push({ recorded: { command: "get_job_state" }, isOfNoJob: false });
    }
    peer.client.socket.write(sent);
  }

  private async receive(number: number, peer: Peer, line: string): Promise<void> {
    const recorded = jsonOrNull(line) as JsonObject;
    if (KINDS.some((kind) => kind in recorded)) return this.expectTold(number, peer, recorded);
    const asked = peer.asked.shift();
    const answer = await this.answer(number, peer);
    const report = (what: string) =>
      this.differences.push({
        step: number,
        request: JSON.stringify(asked?.recorded ?? null),
        recorded: line,
        ours: JSON.stringify(answer),
        what,
      });
    if (answer === null) {
      report("no answer");
      return;
    }
    if (asked) peer.notices.answered(this.ids.translate(asked.recorded)?.request ?? asked.recorded);
    if (await this.isGrantedHere(asked?.recorded ?? {}, recorded, answer)) return;
    const difference = this.compare(asked?.recorded ?? {}, asked?.isOfNoJob, recorded, answer);
    if (difference !== null) report(difference);
  }

  /** A job that was not granted there is ended at once: from then on both are alike again. */
  private async isGrantedHere(
    request: JsonObject,
    recorded: JsonObject,
    answer: JsonObject,
  ): Promise<boolean> {
    if (!("exception" in recorded) || typeof answer["return"] !== "number") return false;
    if (!GRANTED_HERE.some((allowed) => allowed.isGranted(request))) return false;
    const control = await this.controlled();
    await control.call("destroy_job", [answer["return"]]);
    return true;
  }

  private compare(
    request: JsonObject,
    isOfNoJob: boolean | undefined,
    recorded: JsonObject,
    answer: JsonObject,
  ): string | null {
    const { command } = request;
    const isRefused =
      command === "create_job" && REFUSED_HERE.some((allowed) => allowed.isRefused(request));
    if (isRefused) {
      const theirs = recorded["return"];
      if (typeof theirs === "number") this.ids.pair(theirs, null);
      return "exception" in answer ? null : "was to be refused";
    }
    if (isOfNoJob) return aboutNoJob(answer["return"]) ? null : "there was to be no such job";
    if ("exception" in recorded) return "exception" in answer ? null : "was to be an exception";
    if (!("return" in answer)) return "was not to be an exception";
    const ours = answer["return"] as Json;
    const theirs = recorded["return"] as Json;
    if (command === "create_job") {
      this.ids.pair(theirs as number, ours as number);
      this.allocations.created(ours as number, request);
      for (const { notices } of this.peers.values()) notices.jobCreated(ours as number);
    }
    return compareReturned(request, theirs, ours, this);
  }

  /** The next answer; notifications that come before it are taken in. */
  private async answer(number: number, peer: Peer): Promise<JsonObject | null> {
    for (;;) {
      const line = await this.line(peer);
      if (line === null) return null;
      const value = JSON.parse(line) as JsonObject;
      if (!KINDS.some((kind) => kind in value)) return value;
      this.takeIn(number, peer, value);
    }
  }

  /** What the server says next, with the addresses as recorded. */
  private async line(peer: Peer): Promise<string | null> {
    const line = await patiently(peer.client.line());
    return line === null ? null : (this.address.machines?.toRecorded(line) ?? line);
  }

  private takeIn(number: number, peer: Peer, line: JsonObject): void {
    const what = peer.notices.told(line);
    if (what === null) return;
    const ours = JSON.stringify(line);
    this.differences.push({ step: number, request: "", recorded: "nothing", ours, what });
  }

  private async expectTold(number: number, peer: Peer, recorded: JsonObject): Promise<void> {
    const missing = () => peer.notices.missing(recorded, (id) => this.ids.toOurs(id));
    while (missing().length > 0) {
      const line = await this.line(peer);
      if (line === null) {
        if (await this.becameReadyUnwatched(peer, recorded)) return;
        this.differences.push({
          step: number,
          request: "",
          recorded: JSON.stringify(recorded),
          ours: "nothing",
          what: `not told: ${missing().join(", ")}`,
        });
        return;
      }
      this.takeIn(number, peer, JSON.parse(line));
    }
  }

  private async becameReadyUnwatched(peer: Peer, recorded: JsonObject): Promise<boolean> {
    for (const theirs of (recorded["jobs_changed"] ?? []) as number[]) {
      const jobId = this.ids.toOurs(theirs);
      if (!peer.notices.mayHaveMissed(jobId)) return false;
      if ((await this.stateOf(jobId)) !== READY) return false;
    }
    return "jobs_changed" in recorded;
  }

  private async stateOf(jobId: number): Promise<unknown> {
    const state = await (await this.controlled()).call("get_job_state", [jobId]);
    return (state as JsonObject)["state"];
  }

  /** A connection of the replay's own. */
  private async controlled(): Promise<TestClient> {
    this.control ??= await TestClient.open(this.address.port, this.address.host);
    return this.control;
  }

  private async expectClosed(number: number, name: string, peer: Peer): Promise<void> {
    const isSkipped = SKIPPED_HERE.some((allowed) => allowed.isSkipped(peer.lastSent));
    if (isSkipped) peer.client.request("version");
    const line = await this.line(peer);
    const isOpen = line !== null || !peer.client.isClosed;
    if (isOpen !== isSkipped) {
      const ours = isOpen ? (line ?? "still open") : "closed";
      const what = isSkipped ? "was to be skipped" : "was to be disconnected";
      this.differences.push({ step: number, request: "", recorded: "closed", ours, what });
    }
    peer.client.close();
    this.peers.delete(name);
  }

  private async waitForState(number: number, theirs: number, state: number): Promise<void> {
    if (this.ids.isLeftBehind(theirs)) return;
    const until = performance.now() + PATIENCE_MS;
    let ours: unknown;
    while (performance.now() < until) {
      ours = await this.stateOf(this.ids.toOurs(theirs));
      if (ours === state) return;
      await delay(POLL_MS);
    }
    this.differences.push({
      step: number,
      request: `waited for job ${theirs}`,
      recorded: `state ${state}`,
      ours: `state ${ours}`,
      what: "did not come into that state",
    });
  }
}

function aboutNoJob(returned: Json | undefined): boolean {
  if (returned === null) return true;
  if (typeof returned !== "object" || Array.isArray(returned)) return false;
  return Object.entries(returned).every(([key, value]) =>
    key === "state" ? value === 0 : value === null,
  );
}

async function patiently(line: Promise<string | null>): Promise<string | null> {
  const giveUp = new AbortController();
  const gaveUp = delay(PATIENCE_MS, null, { signal: giveUp.signal }).catch(() => null);
  const result = await Promise.race([line, gaveUp]);
  giveUp.abort();
  return result;
}
