/** Carries out what operators ask. */

import { counted } from "../../domain/counted.js";
import { actorText } from "../contract/actors.js";
import type { OperatorApi, QuarantinedBoard } from "../contract/operator-api.js";
import type { QuarantineRecord } from "../contract/records.js";
import type { DurableViews } from "../state/durable-views.js";
import { boardLabel, type EngineState } from "../state/engine-state.js";
import type { LiveMachine } from "../state/live-job.js";
import { forgetRemoved } from "../state/removed-machines.js";
import { findBoard, keyOf, recordEventBoard, recordLabel } from "./board-identity.js";
import { maintainNow, quarantineBoard, releaseBoard, removeRecord } from "./quarantine.js";
import { coolDownRecord, pauseLeftMs } from "./self-tests.js";
import { clearFrame } from "./suspect-frames.js";

export function operatorApi(state: EngineState, durable: DurableViews): OperatorApi {
  const recorded = (boards: readonly QuarantineRecord[]) =>
    boards.flatMap((board) => state.quarantine.get(keyOf(board)) ?? []);
  return {
    quarantine: () => durable.quarantine().map((record) => withPlace(state, record)),
    silentBmps: () => ofMachines(state, state.silentBmps),
    suspectBmps: () => ofMachines(state, state.suspectBmps),
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
    releaseBoards(boards, note, actor) {
      for (const record of recorded(boards)) {
        if (!record.active) continue;
        if (!record.mayBeOn && pauseLeftMs(state, record) > 0) coolDownRecord(state, record);
        releaseBoard(state, record, note, actor);
        if (record.mayBeOn) maintainNow(state, keyOf(record));
        const how = `${recordLabel(record)} was released`;
        if (record.bmp !== null) clearFrame(state, record.bmp, how, { boardsAreWell: true });
      }
    },
    forgetBoards(boards, actor) {
      const records = recorded(boards).filter((each) => !withPlace(state, each).isConfigured);
      const [first] = records;
      if (first === undefined) return;
      state.log.warn(
        { boards: records.map(recordLabel) },
        `${actorText(actor)} forgets ${counted(records.length, "board")} that no machine has`,
      );
      for (const record of records) removeRecord(state, record);
      const moves = records.map((record) => ({ from: recordEventBoard(record), to: null }));
      state.journal.tell({ kind: "boardsMoved", atMs: state.clock.nowMs(), moves });
      // Nothing else may have kept the machines that had them.
      forgetRemoved(state);
    },
  };
}

/** Of BMPs that no machine has any more nobody wants to know, nor whether they answer by now. */
function ofMachines<About>(
  { machinesById, quarantine }: EngineState,
  bmps: ReadonlyMap<string, About>,
): ReadonlyMap<string, About> {
  const machines = [...machinesById.values()];
  const records = [...quarantine.values()];
  const isWanted = (wanted: string) =>
    machines.some((machine) => machine.boardsOfBmp(wanted).length > 0) ||
    records.some(({ bmp, mayBeOn }) => mayBeOn && bmp === wanted);
  return new Map([...bmps].filter(([bmp]) => isWanted(bmp)));
}

function withPlace({ machines }: EngineState, record: QuarantineRecord): QuarantinedBoard {
  return { ...record, isConfigured: findBoard(machines, record).length > 0 };
}

/** @throws RangeError for a machine that does not run. */
function running(state: EngineState, name: string): LiveMachine {
  const machine = state.machines.find((each) => each.name === name);
  if (machine === undefined) throw new RangeError(`there is no machine ${name}`);
  return machine;
}
