/** How many threads and processes the server starts, and whether its cgroup lets it. Linux only. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { usualSearchThreads } from "../../search-pool/threads.js";

/** The BMP worker, those of the disk, and the config process with its threads and its shell. */
const BESIDES_SEARCH = 20;

/** Where the system shows these things; only tests have others. */
interface Places {
  readonly cgroup: string;
  readonly cgroups: string;
}

const PLACES: Places = { cgroup: "/proc/self/cgroup", cgroups: "/sys/fs/cgroup" };

/** Why it is too few that may be started, and what to do; null when it suffices, or is not known. */
export function tooFewThreads(places: Places = PLACES): string | null {
  const needed = usualSearchThreads() + BESIDES_SEARCH;
  const left = threadsLeft(places);
  if (left === null || left >= needed) return null;
  return `this process may start ${left} more threads and processes, as its cgroup says (pids.max), and the server needs ${needed}. Raise that limit (TasksMax= of systemd, --pids-limit of a container)`;
}

/** Null for no limit, or where none is shown. */
function threadsLeft({ cgroup, cgroups }: Places): number | null {
  const left: number[] = [];
  for (const line of textOf(cgroup)?.split("\n") ?? []) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    // Version 2 has one hierarchy, version 1 one for each controller.
    if (controllers !== "" && !controllers.split(",").includes("pids")) continue;
    const root = controllers === "" ? cgroups : join(cgroups, "pids");
    // What is allowed to those above is shared by all below.
    for (let each = path; ; each = dirname(each)) {
      const most = numberIn(join(root, each, "pids.max"));
      const now = numberIn(join(root, each, "pids.current"));
      if (most !== null && now !== null) left.push(Math.max(0, most - now));
      if (each === "/") break;
    }
  }
  return left.length === 0 ? null : Math.min(...left);
}

/** Null for "max". */
function numberIn(file: string): number | null {
  const text = textOf(file)?.trim() ?? "";
  return /^\d+$/.test(text) ? Number(text) : null;
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
