/** The operator's command about excluded records; docs/operating/state.md documents it. */
import { counted } from "../domain/counted.js";
import type { Log } from "../engine/contract/log.js";
import type { Store } from "../engine/contract/store-port.js";
import type { OperatorCommands } from "./dispatch.js";
import { OperatorError } from "./wire.js";

/** How long an operator waits for the disk at most. */
const SAVED_MS = 5_000;
const NOT_SAVED =
  "the records are dropped, but that could not be saved yet: the disk takes nothing at present, it may be full. It is saved as soon as the disk takes it, and they come back if the server ends before. Free some space, and look whether it was saved with `spalloc-server state inspect`";

/** @param savedMs - How long the disk is waited for */
export function excludedCommands(
  store: Pick<Store, "excluded" | "dropExcluded">,
  log: Log,
  savedMs = SAVED_MS,
): Pick<OperatorCommands, "state.drop"> {
  return {
    "state.drop": async ({ numbers }) => {
      const there = store.excluded.map(({ number }) => number);
      const known = new Set(there);
      const missing = (numbers ?? []).find((number) => !known.has(number));
      if (missing !== undefined) {
        const what = there.length === 0 ? "none is" : `there are ${there.slice(0, 20).join(", ")}`;
        throw new OperatorError(
          `no excluded record has the number ${missing}: ${what}${there.length > 20 ? ", …" : ""}`,
        );
      }
      const dropped = [...new Set(numbers ?? there)];
      if (dropped.length === 0) return { dropped: 0 };
      log.warn(
        { excluded: dropped },
        `an operator drops ${counted(dropped.length, "excluded record")}`,
      );
      await within(savedMs, store.dropExcluded(dropped));
      return { dropped: dropped.length };
    },
  };
}

/** @throws OperatorError when it takes longer */
async function within(ms: number, saved: Promise<void>): Promise<void> {
  let late: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new OperatorError(NOT_SAVED)), ms);
  });
  await Promise.race([saved, tooLate]).finally(() => clearTimeout(late));
}
