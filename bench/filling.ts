/** How soon `version` is answered while 200 clients fill a machine of 120,000 boards. */
import { boardCount } from "../src/domain/board.js";
import type { FillingLoad } from "./filling-load.js";
import { ELSEWHERE, Installation, residentBytes } from "./programs.js";
import type { Bench, Cell, Report } from "./report.js";
import type { VersionSample } from "./version-latency.js";

const MACHINE = { width: 200, height: 200 };
const BOARDS_PER_BMP = 24;
const CLIENTS = 200;
/** A machine is full in a second or two, so several are filled, each by a server of its own. */
const ROUNDS = 4;
/** After the start: BMPs are looked at, and what was compiled for it is thrown away. */
const SETTLE_SECONDS = 2;
const IDLE_SECONDS = 3;
const ASKING_SECONDS = 12;
const MIB = 1024 * 1024;

interface Round {
  readonly idle: readonly VersionSample[];
  readonly asked: readonly VersionSample[];
  readonly load: FillingLoad;
  readonly startS: number;
  readonly mebibytes: number;
}

async function fillOnce(installation: Installation, boards: number): Promise<Round> {
  const startedAt = performance.now();
  const { port, server } = await installation.serve("--cold-start");
  const startS = (performance.now() - startedAt) / 1000;
  const ask = (seconds: number) =>
    installation.run<VersionSample[]>("version-latency", [port, seconds]);
  await ask(SETTLE_SECONDS);
  const idle = await ask(IDLE_SECONDS);
  const [asked, load] = await Promise.all([
    ask(ASKING_SECONDS),
    installation.run<FillingLoad>("filling-load", [port, CLIENTS, boards], ELSEWHERE.clients),
  ]);
  const mebibytes = residentBytes(server) / MIB;
  await installation.kill(server);
  return { idle, asked, load, startS, mebibytes };
}

async function run(progress: (what: string) => void): Promise<Report> {
  const boards = boardCount(MACHINE);
  const installation = await Installation.make(MACHINE);
  try {
    progress(`a simulator of ${boards / BOARDS_PER_BMP} BMPs`);
    await installation.simulate();
    const rounds: Round[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      progress(`fill ${round} of ${ROUNDS}`);
      rounds.push(await fillOnce(installation, boards));
    }
    const during = ({ askedAt }: VersionSample, { began, ended }: FillingLoad) =>
      askedAt >= began && askedAt <= ended;
    const filling = rounds.flatMap(({ asked, load }) => asked.filter((one) => during(one, load)));
    const powering = rounds.flatMap(({ asked, load }) =>
      asked.filter(({ askedAt }) => askedAt > load.ended),
    );
    const mean = (of: (round: Round) => number) =>
      rounds.reduce((sum, round) => sum + of(round), 0) / rounds.length;
    const jobs = mean(({ load }) => load.jobs);
    const seconds = mean(({ load }) => (load.ended - load.began) / 1000);
    return {
      name: "filling",
      notes: [
        "One client asks for version a millisecond after each answer, from a process of its own. The",
        `server, a simulator of its ${boards / BOARDS_PER_BMP} BMPs in which nothing takes time, and the clients share the cores;`,
        "simulator and clients, which stand for what is elsewhere, at a lower priority.",
        `${CLIENTS} clients create jobs of mixed.csv until all boards are asked for; every answer is on disk.`,
        `${ROUNDS} fills: ${jobs.toFixed(0)} jobs in ${seconds.toFixed(2)} s, ${(jobs / seconds).toFixed(0)} a second; then ${mean(({ load }) => load.placed).toFixed(3)} of the boards are placed.`,
        `Start of the server: ${mean(({ startS }) => startS).toFixed(1)} s; memory at the end: ${mean(({ mebibytes }) => mebibytes).toFixed(0)} MiB.`,
        "Python: 17 ms of p99 on 1,200 boards. Figure to reach: under 10 ms.",
      ],
      columns: ["meanwhile", "version p50 ms", "p99 ms", "most ms", "asked"],
      rows: [
        row(
          "idle",
          rounds.flatMap(({ idle }) => idle),
        ),
        row(`${CLIENTS} clients fill it`, filling),
        row("its boards power on", powering),
      ],
    };
  } finally {
    installation.end();
  }
}

function row(what: string, samples: readonly VersionSample[]): Cell[] {
  const times = samples.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(share * (times.length - 1))] ?? "–";
  return [what, at(0.5), at(0.99), at(1), times.length];
}

export const filling: Bench = {
  about: "latency of version while 200 clients fill a machine of 120,000 boards",
  run,
};
