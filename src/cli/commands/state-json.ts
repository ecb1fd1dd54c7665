/** A saved state as JSON, whole or in a summary. */

import { boardCountOf } from "../../domain/allocation.js";
import type { JobRecord, MachineRecord } from "../../engine/contract/records.js";
import type { Snapshot } from "../../store/index.js";

export function exportOf(snapshot: Snapshot): object {
  const { directory, schema, holder, state } = snapshot;
  return { directory, schema, holder, ...state, damaged: damagedRecords(snapshot) };
}

export function summaryOf(snapshot: Snapshot): object {
  const { directory, fileBytes, schema, holder, state } = snapshot;
  const { jobs, endedJobs, cooldowns, quarantine, machines, counters } = state;
  const quarantined = quarantine.filter(({ active }) => active).length;
  return {
    directory,
    fileBytes,
    schema,
    holder,
    counters,
    jobs: { all: jobs.length, queued: jobs.filter(({ placement }) => placement === null).length },
    endedJobs: endedJobs.length,
    cooldowns: cooldowns.length,
    quarantine: quarantined,
    releasedBoards: quarantine.length - quarantined,
    machines: machines.map((machine) => ({
      name: machine.description.name,
      machineId: machine.machineId,
      removed: machine.priority === null,
      ...holdings(machine, jobs),
    })),
    damaged: damagedRecords(snapshot),
  };
}

/** What of a machine is in use. */
export function holdings(
  { machineId }: MachineRecord,
  jobs: readonly JobRecord[],
): { readonly jobs: number; readonly boardsInUse: number } {
  const placements = jobs.flatMap(({ placement }) =>
    placement?.machineId === machineId ? [placement] : [],
  );
  const boards = placements.reduce((sum, { allocation }) => sum + boardCountOf(allocation), 0);
  return { jobs: placements.length, boardsInUse: boards };
}

function damagedRecords({ damaged }: Snapshot): object[] {
  return damaged.map(({ table, keyText, problem, key, value }) => ({
    table,
    key: keyText,
    problem,
    keyHex: key.toString("hex"),
    valueHex: value.toString("hex"),
  }));
}
