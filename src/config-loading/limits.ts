/**
 * What the config process may use, and how that is held to. Where there is no /proc, only the heap of
 * JavaScript is limited, and where there is no shell, neither files nor what a child may allocate.
 */

/** Enough for any layout; an endless list in the file must not use up the host's memory. */
export const MOST_MEMORY_MB = 512;

/**
 * The kernel refuses a process more than that, however fast it takes it. Above what is asked for, as
 * threads have stacks, and a heap has room, that they do not use.
 */
const MOST_ALLOCATED_KB = 2 * MOST_MEMORY_MB * 1024;

/** Node needs some 30; the rest is for the files that the configuration reads. */
const MOST_OPEN_FILES = 256;

/** In blocks of 512 bytes: 64 MiB. */
const LARGEST_FILE_BLOCKS = 131_072;

/** Of processor time. What outlives a server that was killed ends by that, if by nothing else. */
const MOST_PROCESSOR_SECONDS = 60;

/** Beyond what resident memory is watched for: there the heap's own limit is the one that holds. */
export const HEAP_OPTION = `--max-old-space-size=${MOST_MEMORY_MB + 128}`;

/** The descriptor on which {@link GUARDED} waits for the end of the server. */
const GUARD_FD = 4;

const LIMITED = `
lower() { ulimit "$1" "$2" 2>/dev/null || :; }
lower -c 0
lower -d ${MOST_ALLOCATED_KB}
lower -f ${LARGEST_FILE_BLOCKS}
lower -n ${MOST_OPEN_FILES}
lower -t ${MOST_PROCESSOR_SECONDS}
`;

/** Ends the group when the server is gone, even by kill -9: only then is something read there. */
const GUARDED = `
{ read -r ended <&${GUARD_FD}; kill -KILL 0; } </dev/null >/dev/null 2>&1 3>&- &
`;

/**
 * A script for `sh -c`, which becomes the command that its arguments are. The first process of a
 * container has no need of a guard: with it all others end. And nobody would bury the guard.
 */
export function limitedScript(isFirstProcess: boolean): string {
  return `${LIMITED}${isFirstProcess ? "" : GUARDED}exec ${GUARD_FD}<&-\nexec "$@"\n`;
}

/** NODE_OPTIONS without what opens a debugger's port, which the server has, or waits for a debugger. */
export function withoutDebugger(nodeOptions: string): string {
  return nodeOptions.replaceAll(/(?:^|\s)--(?:inspect|debug-port)[\w-]*(?:=\S*)?/g, "").trim();
}
