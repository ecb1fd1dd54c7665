/** What events tell of boards. */
import type { Allocation } from "../../domain/allocation.js";
import { boardOfIndex } from "../../domain/board.js";
import type { EventBoard, EventBoards } from "../contract/events.js";
import type { LiveMachine } from "./live-job.js";

export function eventBoards(machine: LiveMachine, allocation: Allocation): EventBoards {
  return { machineId: machine.machineId, machine: machine.name, allocation };
}

export function eventBoard(machine: LiveMachine, index: number): EventBoard {
  const coordinates = boardOfIndex(index, machine.description);
  return {
    machine: machine.name,
    index,
    coordinates,
    position: machine.view.positionOf(coordinates),
    bmp: machine.bmpOf(index),
  };
}
