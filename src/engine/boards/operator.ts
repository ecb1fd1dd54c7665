/** Carries out what operators ask. */

import { actorText } from "../contract/actors.js";
import type { OperatorApi } from "../contract/operator-api.js";
import type { DurableViews } from "../state/durable-views.js";
import { boardLabel, type EngineState } from "../state/engine-state.js";
import type { LiveMachine } from "../state/live-job.js";
import { coolDownBoard } from "./cooldown.js";
import { quarantineBoard, quarantineKey, releaseBoard } from "./quarantine.js";
import { maintainNow, pauseLeftMs } from "./self-tests.js";

export function operatorApi(state: EngineState, durable: DurableViews): OperatorApi {
  return {
    quarantine: () => durable.quarantine(),
    silentBmps: () => state.silentBmps,
    quarantineBoards(name, boards, reason, actor) {
      const machine = running(state, name);
      state.log.warn(
        { machine: name, boards: boards.map((board) => boardLabel(machine, board)), reason },
        `${actorText(actor)} puts boards into quarantine: ${reason}`,
      );
      for (const board of boards) {
        quarantineBoard(state, machine, board, {
          reason,
          cause: "operator",
          mayBeOn: false,
          actor,
        });
      }
    },
    releaseBoards(name, boards, note, actor) {
      const machine = running(state, name);
      return boards.filter((board) => {
        const key = quarantineKey(name, board);
        const record = state.quarantine.get(key);
        if (record?.active !== true) return false;
        if (!record.mayBeOn && pauseLeftMs(state, record) > 0) coolDownBoard(state, machine, board);
        releaseBoard(state, machine, record, note, actor);
        if (record.mayBeOn) maintainNow(state, key);
        return true;
      });
    },
  };
}

/** @throws RangeError for a machine that does not run. */
function running(state: EngineState, name: string): LiveMachine {
  const machine = state.machines.find((each) => each.name === name);
  if (machine === undefined) throw new RangeError(`there is no machine ${name}`);
  return machine;
}
