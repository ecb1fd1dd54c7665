/** From coordinates of boards to their positions, and back. */
import { returned } from "../answers/answer.js";
import { type Command, command } from "../requests/command.js";
import { text, wholeNumber } from "../requests/values.js";

const onMachine = { machine_name: text, x: wholeNumber, y: wholeNumber, z: wholeNumber };

const getBoardPosition = command(
  "get_board_position",
  onMachine,
  ({ machine_name, x, y, z }, { engine }) =>
    returned(JSON.stringify(engine.machine(machine_name)?.positionOf([x, y, z]) ?? null)),
);

/** Here x, y and z are cabinet, frame and board: the names are as old as the clients. */
const getBoardAtPosition = command(
  "get_board_at_position",
  onMachine,
  ({ machine_name, x, y, z }, { engine }) =>
    returned(JSON.stringify(engine.machine(machine_name)?.boardAt([x, y, z]) ?? null)),
);

export const positionCommands: readonly Command[] = [getBoardPosition, getBoardAtPosition];
