/** A saved state as JSON, whole or in a summary. */

import { boardCountOf } from "../../domain/allocation.js";
import type { JobRecord, MachineRecord } from "../../engine/contract/records.js";
import { keyTextOf, type Snapshot } from "../../store/index.js";

/** All of it as one JSON document, a record at a time: together they may be longer than a text can be. */
export function* exportText(snapshot: Snapshot): Generator<string> {
  const { directory, schema, holder, state } = snapshot;
  const unusable = { damaged: damagedRecords(snapshot), excluded: excludedRecords(snapshot) };
  const whole = { directory, schema, holder, ...state, ...unusable };
  let before = "{";
  for (const [name, value] of Object.entries(whole)) {
    yield `${before}\n  ${JSON.stringify(name)}: `;
    before = ",";
    if (!Array.isArray(value) || value.length === 0) yield indented(value, 2);
    else yield* listText(value);
  }
  yield "\n}\n";
}

function* listText(list: readonly unknown[]): Generator<string> {
  let before = "[";
  for (const element of list) {
    yield `${before}\n    ${indented(element, 4)}`;
    before = ",";
  }
  yield "\n  ]";
}

/** The first line is not indented. */
function indented(value: unknown, spaces: number): string {
  return JSON.stringify(value, null, 2).replaceAll("\n", `\n${" ".repeat(spaces)}`);
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
    excluded: excludedRecords(snapshot),
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
    valueHex: value?.toString("hex") ?? null,
  }));
}

function excludedRecords({ excluded }: Snapshot): object[] {
  return excluded.map(({ number, table, key, value, problem, excludedAtMs }) => ({
    number,
    table,
    key: keyTextOf(table, key),
    problem,
    excludedAtMs,
    keyHex: key.toString("hex"),
    valueHex: value?.toString("hex") ?? null,
  }));
}
