/** Board layouts as the SpiNNer tool `spinner-ethernet-chips` writes them. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CsvError, parse } from "csv-parse/sync";
import type { BoardCoordinate, BoardPosition } from "../../domain/board.js";
import { boardOfEthernetChip, type ChipCoordinate } from "../../domain/chips.js";
import { positionName, tupleText } from "../../domain/names.js";
import { ConfigurationError } from "../error.js";
import { show } from "../fields/formatting.js";
import { board as boardType, position as positionType } from "../fields/tuples.js";

const COLUMNS = ["cabinet", "frame", "board", "x", "y"] as const;
type Column = (typeof COLUMNS)[number];

/** A row of the file and the number of the line it ends on. */
interface Row {
  readonly record: readonly string[];
  readonly line: number;
}

/**
 * Reads which board is bolted in where from a CSV file with the columns `cabinet`, `frame`, `board`,
 * `x` and `y`, in any order; (x, y) is the board's Ethernet chip on the machine's chip grid.
 *
 * @param file - Path or file URL. In a configuration file, a relative path is relative to it.
 * @returns `[[x, y, z], [cabinet, frame, board]]` for each board, in the order of the file.
 * @throws {ConfigurationError} naming the file and the line: unreadable file, missing column, a
 *   value that is not a whole number, a repeated chip or position, a chip that is not an Ethernet chip.
 */
export function boardLocationsFromSpinner(
  file: string | URL,
): (readonly [BoardCoordinate, BoardPosition])[] {
  const path = file instanceof URL ? fileURLToPath(file) : file;
  const [header, ...rows] = readRows(path);
  if (header === undefined) {
    throw invalid(path, 1, `the file is empty; its first line must be ${COLUMNS.join(",")}`);
  }
  const columns = findColumns(path, header);
  const lineOfChip = new Map<string, number>();
  const lineOfPosition = new Map<string, number>();
  const locations = rows.map(({ record, line }): readonly [BoardCoordinate, BoardPosition] => {
    const value = (column: Column): number => {
      const text = record[columns[column]];
      if (text !== undefined && /^[0-9]+$/.test(text)) return Number(text);
      throw invalid(path, line, `${column} is ${show(text)}; it must be a whole number from 0`);
    };
    const chip: ChipCoordinate = [value("x"), value("y")];
    const position: BoardPosition = [value("cabinet"), value("frame"), value("board")];
    const board = boardOfEthernetChip(chip);
    if (board === null) {
      const what =
        "not an Ethernet chip; those are (0, 0), (8, 4) and (4, 8) of each square of 12 × 12 chips";
      throw invalid(path, line, `chip (${chip.join(", ")}) is ${what}`);
    }
    if (!boardType.is(board)) {
      throw invalid(path, line, `board ${tupleText(board)} is not ${boardType.expected}`);
    }
    if (!positionType.is(position)) {
      throw invalid(path, line, `${tupleText(position)} is not ${positionType.expected}`);
    }
    claim(path, line, lineOfChip, `chip (${chip.join(", ")})`);
    claim(path, line, lineOfPosition, `the position ${positionName(position)}`);
    return [board, position];
  });
  if (locations.length === 0) {
    throw invalid(path, 1, "the file lists no boards; each line after the first is one");
  }
  return locations;
}

function readRows(path: string): Row[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(
      "CONFIGURATION_INVALID",
      `cannot read the board positions in ${path}: ${reason}`,
    );
  }
  const rows: Row[] = [];
  try {
    parse(text, {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      on_record: (record: string[], { lines }) => {
        rows.push({ record, line: lines });
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new ConfigurationError("CONFIGURATION_INVALID", `${path}: ${error.message}`);
  }
  return rows;
}

/** Where in a record each column is. */
function findColumns(path: string, { record, line }: Row): Readonly<Record<Column, number>> {
  const find = (column: Column): number => {
    const index = record.indexOf(column);
    if (index < 0) {
      const needed = `the columns ${COLUMNS.join(", ")} are all needed`;
      throw invalid(
        path,
        line,
        `there is no column ${column} in ${show(record.join(","))}; ${needed}`,
      );
    }
    if (record.lastIndexOf(column) !== index) {
      throw invalid(path, line, `there are two columns ${column}; there must be one`);
    }
    return index;
  };
  return {
    cabinet: find("cabinet"),
    frame: find("frame"),
    board: find("board"),
    x: find("x"),
    y: find("y"),
  };
}

function claim(path: string, line: number, taken: Map<string, number>, what: string): void {
  const other = taken.get(what);
  if (other !== undefined) throw invalid(path, line, `${what} is already on line ${other}`);
  taken.set(what, line);
}

function invalid(path: string, line: number, reason: string): ConfigurationError {
  return new ConfigurationError("CONFIGURATION_INVALID", `${path}:${line}: ${reason}`);
}
