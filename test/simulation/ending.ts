/**
 * How every run ends: boards are mended, nobody asks for anything more, and jobs that are ready are
 * destroyed until none is left. Every job that waits starts in the end, every board comes back.
 */
import type { Scenario } from "./scenario.js";
import { hold } from "./violation.js";
import type { World } from "./world.js";

const PATIENT = { secondsBetweenSelfTests: 10, selfTestsToRelease: 1, timeoutCheckInterval: 60 };
const COOLDOWN_MS = 35_000;
/** Longer than any board is in quarantine. */
const LONG_MS = 20 * 60_000;

export function finish(world: World, scenario: Scenario): void {
  world.step(
    () => "all boards are well again",
    () => {
      world.bmps.bad.clear();
      world.bmps.refusing.clear();
      world.bmps.observations.silent.clear();
    },
  );
  const read = () => readAll(world, scenario);
  if (world.stopping !== "no") {
    // A server that has stopped is gone: what was under way in it happens no more.
    world.progress.settle(() => world.stopping === "done");
    scenario.outages.restartStopped();
  }
  world.progress.pass(0, read);
  const cooldowns = [...world.store.accepted.cooldowns.rows.keys()];
  world.progress.pass(COOLDOWN_MS, read);
  for (const cooldownId of cooldowns) {
    const isOver = !world.store.accepted.cooldowns.rows.has(cooldownId);
    hold(isOver, () => `cooldown ${cooldownId} does not end`);
  }
  world.step(
    () => "boards in quarantine are tested often",
    () => world.reconfigure({ ...world.configuration, ...PATIENT }),
  );
  const operator = world.server.connect("10.0.0.100");
  let rounds = 0;
  for (let left = remaining(world); left > 0; left = remaining(world)) {
    for (const { jobId, placed } of [...world.engine.jobs()]) {
      if (placed === null) continue;
      world.step(
        () => `job ${jobId} is destroyed`,
        () => operator.ask({ command: "destroy_job", args: [jobId, "closing time"] }),
      );
    }
    world.progress.pass(rounds === 0 ? LONG_MS : COOLDOWN_MS, read);
    rounds += 1;
    hold(rounds < 200, () => `${remaining(world)} jobs wait for ever`);
  }
  world.progress.pass(LONG_MS, read);
  const { accepted } = world.store;
  hold(accepted.cooldowns.rows.size === 0, () => "boards cool down for ever");
  hold(accepted.jobs.rows.size === 0, () => "jobs are recorded that are gone");
  scenario.invariants.finished();
}

function remaining(world: World): number {
  return [...world.engine.jobs()].length;
}

/** Clients read all that was sent to them, until nothing more comes of it. */
function readAll(world: World, { owners, onlookers }: Scenario): void {
  for (let rounds = 0; rounds < 100; rounds++) {
    const inboxes = [...owners, ...onlookers].flatMap(({ connection }) => connection?.inbox ?? []);
    if (inboxes.length === 0) return;
    world.step(
      () => "clients read what was sent to them",
      () => {
        for (const { connection } of [...owners, ...onlookers]) {
          for (const message of connection?.inbox.splice(0) ?? []) message();
        }
      },
    );
    world.progress.settle();
  }
  throw new Error("clients and server talk for ever");
}
