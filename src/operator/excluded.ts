/** The operator's command about excluded records; docs/operating/state.md documents it. */
import { counted } from "../domain/counted.js";
import type { Log } from "../engine/contract/log.js";
import type { Store } from "../engine/contract/store-port.js";
import type { OperatorCommands } from "./dispatch.js";
import { OperatorError } from "./wire.js";

export function excludedCommands(
  store: Pick<Store, "excluded" | "dropExcluded">,
  log: Log,
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
      await store.dropExcluded(dropped);
      return { dropped: dropped.length };
    },
  };
}
