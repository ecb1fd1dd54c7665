/** Job traces of bench/data: what jobs ask for, and how long they run. */

import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import type { PlacementRequest } from "../src/domain/request.js";

export interface TraceJob {
  readonly request: PlacementRequest;
  /** Boards asked for. */
  readonly boards: number;
  /** Seconds from placed to destroyed. */
  readonly durationS: number;
}

const COLUMNS = ["boards", "min_ratio", "max_dead_boards", "duration_s", "owner"] as const;

/**
 * Reads a trace: a CSV file with a line of names and one job a line, in the order of arrival.
 * @throws Error when the columns are others, or a number is none.
 */
export function readTrace(file: URL): TraceJob[] {
  const rows: string[][] = parse(readFileSync(file));
  if (`${rows[0]}` !== `${COLUMNS}`) {
    throw new Error(`trace ${file.pathname}: the columns are ${rows[0]}, not ${COLUMNS}`);
  }
  return rows.slice(1).map((row, index) => {
    const [boards, minRatio, maxDeadBoards, durationS] = row.slice(0, 4).map(Number);
    const numbers = [boards, minRatio, maxDeadBoards, durationS];
    if (!numbers.every(Number.isFinite))
      throw new Error(`trace ${file.pathname}, job ${index}: ${row}`);
    return {
      boards: boards!,
      durationS: durationS!,
      request: {
        size: { kind: "boards", boards: boards! },
        minRatio: minRatio!,
        maxDeadBoards: maxDeadBoards!,
        maxDeadLinks: null,
        requireTorus: false,
      },
    };
  });
}
