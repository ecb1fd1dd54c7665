/** Carries out what operators ask. */

import { actorText } from "../contract/actors.js";
import type { OperatorApi } from "../contract/operator-api.js";
import { boardLabel, type EngineState } from "../state/engine-state.js";
import type { LiveMachine } from "../state/live-job.js";
import { maintainNow, quarantineBoard, quarantineKey, releaseBoard } from "./quarantine.js";
import { clearFrame } from "./suspect-frames.js";

export function operatorApi(state: EngineState): OperatorApi {
  return {
    quarantine: () => [...state.quarantine.values()],
    silentBmps: () => state.silentBmps,
    suspectBmps: () => state.suspectBmps,
    quarantineBoards(name, boards, reason, actor) {
      const machine = running(state, name);
      state.log.warn(
        { machine: name, boards, reason },
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
        releaseBoard(state, machine, record, note, actor);
        if (record.mayBeOn) maintainNow(state, key);
        const bmp = machine.bmpOf(board);
        if (bmp !== null)
          clearFrame(state, bmp, `${boardLabel(machine, board)} was released`, {
            boardsAreWell: true,
          });
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
