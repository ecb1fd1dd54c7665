/** Ten thousand clients, two hundred of them busy: what the idle ones cost. */
import type { Bench, Cell } from "../report.js";
import { BenchServer } from "./bench-server.js";
import { startLoad } from "./load-job.js";

const IDLE = 9800;
const BUSY = 200;
/** Time for the server to have taken in all who connected, and to be measured. */
const WARM_UP_MS = 4000;
const MEASURE_MS = 6000;
const MIB = 1024 * 1024;
const KIB = 1024;

export const connections: Bench = {
  about: "200 busy clients with and without 9,800 idle ones, and the memory that these take",
  async run(progress) {
    const rows: Cell[][] = [];
    const running = await BenchServer.start({ width: 20, height: 20 });
    try {
      const client = await running.client();
      const id = await client.call("create_job", [], { owner: "bench", keepalive: null });
      const request = JSON.stringify({ command: "get_job_state", args: [id] });
      let before = 0;
      for (const idle of [0, IDLE]) {
        progress(`${BUSY} busy, ${idle} idle`);
        const runningLoad = startLoad({
          ...{ port: running.port, request, connections: BUSY, idleConnections: idle },
          ...{ warmUpMs: WARM_UP_MS, measureMs: MEASURE_MS },
        });
        const measured = runningLoad.measured;
        await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS + MEASURE_MS / 2));
        const resident = running.residentBytes();
        const { perSecond, p50, p99, p999 } = await measured;
        if (idle === 0) before = resident;
        const each = idle === 0 ? "–" : (resident - before) / idle / KIB;
        const times = [p50, p99, p999].map((value) => value ?? "–");
        rows.push([idle, Math.round(perSecond), ...times, resident / MIB, each]);
      }
      client.close();
    } finally {
      await running.stop();
    }
    return {
      name: "connections",
      notes: [
        `${BUSY} connections ask get_job_state as fast as they are answered, beside idle ones.`,
        "Memory: resident, of the whole server; for each idle connection: what they add to it.",
      ],
      columns: [
        ...["idle", "per second", "p50 ms", "p99 ms", "p99.9 ms"],
        ...["memory MiB", "KiB/idle connection"],
      ],
      rows,
    };
  },
};
