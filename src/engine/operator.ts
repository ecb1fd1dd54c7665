/** What an operator may ask of the engine, beside what clients may. */
import type { Facility } from "./facility.js";
import type { RunningMachine } from "./machine.js";
import { quarantineKey, releaseBoard, setAside } from "./quarantine.js";
import type { QuarantineRecord } from "./records.js";
import { careNow } from "./self-tests.js";

export interface OperatorApi {
  /** Boards set aside, and the history of those that were. */
  quarantine(): readonly QuarantineRecord[];
  /** BMPs that do not answer, as configured, and since when, Unix milliseconds. */
  silentBmps(): ReadonlyMap<string, number>;
  /**
   * Sets boards of a running machine aside, by their dense indices, until an operator releases them.
   * Jobs that run on them go on.
   */
  setAside(machine: string, boards: readonly number[], reason: string): void;
  /** Gives boards back that are set aside; returns those that were. */
  release(machine: string, boards: readonly number[], note: string): readonly number[];
}

export function operatorApi(facility: Facility): OperatorApi {
  return {
    quarantine: () => [...facility.quarantine.values()],
    silentBmps: () => facility.silentBmps,
    setAside(name, boards, reason) {
      const machine = running(facility, name);
      facility.log.warn(
        { machine: name, boards, reason },
        `an operator sets boards aside: ${reason}`,
      );
      for (const board of boards) {
        setAside(facility, machine, board, { reason, cause: "operator", mayBeOn: false });
      }
    },
    release(name, boards, note) {
      const machine = running(facility, name);
      return boards.filter((board) => {
        const key = quarantineKey(name, board);
        const record = facility.quarantine.get(key);
        if (record?.held !== true) return false;
        releaseBoard(facility, machine, record, note);
        if (record.mayBeOn) careNow(facility, key);
        return true;
      });
    },
  };
}

/** @throws RangeError for a machine that does not run. */
function running(facility: Facility, name: string): RunningMachine {
  const machine = facility.machines.find((each) => each.name === name);
  if (machine === undefined) throw new RangeError(`there is no machine ${name}`);
  return machine;
}
