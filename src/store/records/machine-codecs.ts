/** Codecs of machines and of the counters. */

import type { BoardCoordinate, BoardPosition } from "../../domain/board.js";
import { ALL_LINKS, type Link } from "../../domain/links.js";
import type { MachineDescription } from "../../domain/machine.js";
import type { Counters, MachineRecord } from "../../engine/contract/records.js";
import { codec } from "./codec.js";
import type { Fields } from "./fields.js";

export const boardToFields = ([x, y, z]: BoardCoordinate): object => ({ x, y, z });

export function boardFromFields(fields: Fields): BoardCoordinate {
  return [fields.count("x"), fields.count("y"), fields.count("z")];
}

export const positionToFields = ([cabinet, frame, board]: BoardPosition): object => ({
  cabinet,
  frame,
  board,
});

export function positionFromFields(fields: Fields): BoardPosition {
  return [fields.count("cabinet"), fields.count("frame"), fields.count("board")];
}

function linkFromFields(fields: Fields): Link {
  return ALL_LINKS[fields.count("link", ALL_LINKS.length - 1)]!;
}

function descriptionToFields(machine: MachineDescription): object {
  const { name, tags, width, height } = machine;
  return {
    name,
    tags,
    width,
    height,
    deadBoards: machine.deadBoards.map(boardToFields),
    deadLinks: machine.deadLinks.map(([x, y, z, link]) => ({ board: { x, y, z }, link })),
    boardLocations: machine.boardLocations.map(([at, position]) => ({
      board: boardToFields(at),
      position: positionToFields(position),
    })),
    bmpIps: machine.bmpIps.map(([[cabinet, frame], host]) => ({ cabinet, frame, host })),
    spinnakerIps: machine.spinnakerIps.map(([at, host]) => ({ board: boardToFields(at), host })),
  };
}

function descriptionFromFields(fields: Fields): MachineDescription {
  return {
    name: fields.text("name"),
    tags: fields.texts("tags"),
    width: fields.count("width"),
    height: fields.count("height"),
    deadBoards: fields.messages("deadBoards").map(boardFromFields),
    deadLinks: fields
      .messages("deadLinks")
      .map((link) => [...boardFromFields(link.nested("board")), linkFromFields(link)] as const),
    boardLocations: fields
      .messages("boardLocations")
      .map(
        (location) =>
          [
            boardFromFields(location.nested("board")),
            positionFromFields(location.nested("position")),
          ] as const,
      ),
    bmpIps: fields
      .messages("bmpIps")
      .map((bmp) => [[bmp.count("cabinet"), bmp.count("frame")], bmp.text("host")] as const),
    spinnakerIps: fields
      .messages("spinnakerIps")
      .map((board) => [boardFromFields(board.nested("board")), board.text("host")] as const),
  };
}

export const machineCodec = codec<MachineRecord>(
  "Machine",
  (machine) => ({ ...machine, description: descriptionToFields(machine.description) }),
  (fields) => ({
    machineId: fields.count("machineId"),
    priority: fields.has("priority") ? fields.count("priority") : null,
    description: descriptionFromFields(fields.nested("description")),
  }),
);

export const countersCodec = codec<Counters>(
  "Counters",
  ({ nextJobId, nextMachineId, nextCooldownId }) => ({
    nextJobId,
    nextMachineId,
    nextRestId: nextCooldownId,
  }),
  (fields) => ({
    nextJobId: fields.count("nextJobId"),
    nextMachineId: fields.count("nextMachineId"),
    nextCooldownId: fields.count("nextRestId"),
  }),
);
