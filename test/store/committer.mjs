/**
 * A process of its own for the tests of the store. Usage: committer.mjs <mode> <directory> [durable]
 * Every line it prints is JSON.
 *   hold    opens the state, says {"open":true}, and stays
 *   try     opens the state and closes it; says {"open":true} or {"refused":code,"message":…}
 *   tries   does so again and again, without end
 *   compact opens the state, which compacts its file, and closes it
 *   looks   looks into the state again and again, without end; says {"looked":n}
 *   stream  commits change sets 1, 2, 3 … without end, up to 8 under way; says {"done":n} for each,
 *           and {"log":level,"message":…} for what is logged. SIGTERM: closes, says {"closed":n}
 * A store that is lost ends the process; it says {"lost":code} first.
 * Change set n puts jobs 2n-1 and 2n and deletes the jobs of change set n-5.
 */
import { writeSync } from "node:fs";
import { openLmdbStore, readSnapshot } from "../../dist/src/store/index.js";

const [mode, directory, durable = "disk"] = process.argv.slice(2);
const UNDER_WAY = 8;

function say(line) {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

function logger(level) {
  return (_fields, message) => say({ log: level, message });
}

const log = {
  debug: logger("debug"),
  info: logger("info"),
  warn: logger("warn"),
  error: logger("error"),
};

function onLost({ code }) {
  say({ lost: code });
  process.exit(1);
}

function job(jobId) {
  return {
    jobId,
    owner: "x".repeat(300),
    startTimeS: jobId,
    keepaliveS: null,
    host: null,
    request: {
      size: { kind: "boards", boards: 1 },
      minRatio: 0,
      maxDeadBoards: null,
      maxDeadLinks: null,
      requireTorus: false,
    },
    machine: null,
    tags: [],
    argsJson: "[]",
    kwargsJson: "{}",
    placement: null,
    failedPlacements: 0,
  };
}

function changeSet(n) {
  const none = { put: [], delete: [] };
  return {
    jobs: {
      put: [job(2 * n - 1), job(2 * n)],
      delete: n > 5 ? [2 * n - 11, 2 * n - 10] : [],
    },
    endedJobs: none,
    cooldowns: none,
    quarantine: none,
    machines: none,
    counters: { nextJobId: 2 * n + 1, nextMachineId: 1, nextCooldownId: 1 },
  };
}

async function stream(store) {
  const { counters } = await store.load();
  let next = (counters.nextJobId + 1) / 2;
  let stopping = false;
  const commitNext = () => {
    if (stopping) return;
    const n = next++;
    store.commit(changeSet(n), () => {
      say({ done: n });
      commitNext();
    });
  };
  for (let i = 0; i < UNDER_WAY; i++) commitNext();
  process.on("SIGTERM", async () => {
    stopping = true;
    try {
      await store.close();
      say({ closed: next - 1 });
    } catch (error) {
      say({ refused: error.code, message: error.message });
    }
    process.exit();
  });
}

if (mode === "looks") {
  for (let n = 1; ; n++) {
    await readSnapshot(directory);
    say({ looked: n });
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

do {
  try {
    const compacted = mode === "compact" ? { compactFromBytes: 1 } : {};
    const store = await openLmdbStore({ directory, durable, log, onLost, ...compacted });
    say({ open: true });
    if (mode === "hold") setInterval(() => {}, 1000);
    else if (mode === "stream") await stream(store);
    else await store.close();
  } catch (error) {
    if (error.code === undefined) throw error;
    say({ refused: error.code, message: error.message });
  }
} while (mode === "tries");
