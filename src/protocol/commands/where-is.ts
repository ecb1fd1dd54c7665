/** `where_is`: finds a board or chip that is named in one of four ways. */
import { holdsBoard } from "../../domain/allocation.js";
import { quote } from "../../domain/visible-text.js";
import type {
  CommitMark,
  EngineApi,
  Whereabouts,
  WhereIsQuery,
} from "../../engine/contract/api.js";
import { returned } from "../answers/answer.js";
import type { Command } from "../requests/command.js";
import { CommandError } from "../requests/errors.js";
import type { JsonObject } from "../requests/json.js";
import { bind } from "../requests/parameters.js";
import { jobId, text, wholeNumber } from "../requests/values.js";

const NAME = "where_is";

/** The ways, by the names of their parameters. */
const WAYS: { readonly [names: string]: (kwargs: JsonObject) => WhereIsQuery } = {
  "machine,x,y,z": (kwargs) => {
    const parameters = { machine: text, x: wholeNumber, y: wholeNumber, z: wholeNumber };
    const { machine, x, y, z } = bind(NAME, parameters, [], kwargs);
    return { by: "board", machine, board: [x, y, z] };
  },
  "machine,cabinet,frame,board": (kwargs) => {
    const parameters = {
      machine: text,
      cabinet: wholeNumber,
      frame: wholeNumber,
      board: wholeNumber,
    };
    const { machine, cabinet, frame, board } = bind(NAME, parameters, [], kwargs);
    return { by: "position", machine, position: [cabinet, frame, board] };
  },
  "machine,chip_x,chip_y": (kwargs) => {
    const parameters = { machine: text, chip_x: wholeNumber, chip_y: wholeNumber };
    const { machine, chip_x, chip_y } = bind(NAME, parameters, [], kwargs);
    return { by: "chip", machine, chip: [chip_x, chip_y] };
  },
  "job_id,chip_x,chip_y": (kwargs) => {
    const parameters = { job_id: jobId, chip_x: wholeNumber, chip_y: wholeNumber };
    const { job_id, chip_x, chip_y } = bind(NAME, parameters, [], kwargs);
    return { by: "jobChip", jobId: job_id, chip: [chip_x, chip_y] };
  },
};

const sorted = (names: readonly string[]) => [...names].sort().join();

const WAY_OF = new Map(
  Object.entries(WAYS).map(([names, read]) => [sorted(names.split(",")), read] as const),
);

const MAX_NAMES = 4;

const WANTED = Object.keys(WAYS)
  .map((names) => names.replaceAll(",", ", "))
  .join(" · ");

export const whereIs: Command = {
  name: NAME,
  parameters: [...new Set(Object.keys(WAYS).flatMap((names) => names.split(",")))],
  call(args, kwargs, { engine }) {
    if (args.length > 0) throw new CommandError(`${NAME} takes its arguments by name: ${WANTED}`);
    const given = Object.entries(kwargs).filter(
      ([name, value]) => name !== "client" && value !== null,
    );
    const names = given.map(([name]) => name);
    const read = names.length > MAX_NAMES ? undefined : WAY_OF.get(sorted(names));
    if (read === undefined) {
      throw new CommandError(
        `${NAME} was given ${names.length === 0 ? "nothing" : quote(names.join(", "))}; ` +
          `it takes exactly one of: ${WANTED}`,
      );
    }
    const found = engine.whereIs(read(Object.fromEntries(given)));
    return returned(found === null ? "null" : textOf(found), markOf(found, engine));
  },
};

/** By when it is durable that the board is there, and that this job, or none, has it. */
function markOf(found: Whereabouts | null, engine: EngineApi): CommitMark {
  if (found === null) return engine.currentMark();
  if (found.jobId !== null) return engine.job(found.jobId)?.mark ?? engine.currentMark();
  return isFreeOnDisk(found, engine) ? engine.durableMark() : engine.currentMark();
}

function isFreeOnDisk({ machine: name, board }: Whereabouts, engine: EngineApi): boolean {
  if (engine.durableMark() >= engine.currentMark()) return true;
  const machine = engine.machine(name);
  if (machine === undefined || !engine.durableMachines().includes(machine)) return false;
  return engine
    .durableJobs()
    .every(
      ({ placed }) =>
        placed === null ||
        placed.machine.description.name !== name ||
        !holdsBoard(placed.allocation, board, machine.description),
    );
}

function textOf(found: Whereabouts): string {
  return JSON.stringify({
    machine: found.machine,
    logical: found.board,
    physical: found.position,
    chip: found.chip,
    board_chip: found.boardChip,
    job_id: found.jobId,
    job_chip: found.jobChip,
  });
}
