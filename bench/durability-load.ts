/**
 * The load of bench/durability.ts, as a process of its own: connections that each create a job of one
 * board and destroy it, one request after the other. Arguments: port, connections, seconds, and
 * whether the jobs get boards or wait, because one job has them all ("placed" or "waiting").
 */
import { createConnection } from "node:net";
import { connect } from "../src/client/index.js";
import { TRIADS } from "./programs.js";

/** Not measured: compilers and caches warm up. */
const WARM_UP_MS = 1_000;

export interface DurabilityLoad {
  readonly pairsPerSecond: number;
  /** Milliseconds of a create and of a destroy. */
  readonly createP50: number;
  readonly createP99: number;
  readonly destroyP50: number;
  readonly destroyP99: number;
}

const [port, connections, seconds] = process.argv.slice(2, 5).map(Number) as [
  number,
  number,
  number,
];
const waiting = process.argv[5] === "waiting";
const creates: number[] = [];
const destroys: number[] = [];
let measuring = false;

const KWARGS = { owner: "bench", keepalive: null };
const CREATE = `${JSON.stringify({ command: "create_job", args: [1], kwargs: KWARGS })}\n`;

/** Creates a job that has every board for as long as this process lives. */
async function takeAllBoards(): Promise<void> {
  const client = await connect("127.0.0.1", port);
  await client.call("create_job", [TRIADS.width, TRIADS.height], KWARGS);
}

/** On a plain socket: the time of a promise and of a line reader would be measured with the server. */
function measuredClient(): void {
  const socket = createConnection({ port, host: "127.0.0.1", noDelay: true });
  let sentAt = 0;
  let creating = true;
  let text = "";
  const send = (line: string): void => {
    sentAt = performance.now();
    socket.write(line);
  };
  socket.setEncoding("latin1");
  socket.on("connect", () => send(CREATE));
  socket.on("data", (chunk: string) => {
    text += chunk;
    if (!text.endsWith("\n")) return;
    const tookMs = performance.now() - sentAt;
    const answer = JSON.parse(text) as { return?: number | null; exception?: string };
    text = "";
    if (answer.exception !== undefined) throw new Error(answer.exception);
    if (measuring) (creating ? creates : destroys).push(tookMs);
    if (creating) send(`{"command":"destroy_job","args":[${answer.return}]}\n`);
    else send(CREATE);
    creating = !creating;
  });
  socket.on("close", () => {
    throw new Error("the server closed a connection");
  });
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

if (waiting) await takeAllBoards();
for (let i = 0; i < connections; i++) measuredClient();
setTimeout(() => {
  measuring = true;
  const started = performance.now();
  setTimeout(() => {
    const pairsPerSecond = destroys.length / ((performance.now() - started) / 1000);
    const createMs = creates.sort((a, b) => a - b);
    const destroyMs = destroys.sort((a, b) => a - b);
    const load: DurabilityLoad = {
      pairsPerSecond,
      createP50: quantile(createMs, 0.5),
      createP99: quantile(createMs, 0.99),
      destroyP50: quantile(destroyMs, 0.5),
      destroyP99: quantile(destroyMs, 0.99),
    };
    process.send?.(load, () => process.exit());
  }, seconds * 1000);
}, WARM_UP_MS);
