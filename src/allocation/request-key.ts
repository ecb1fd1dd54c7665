import type { PlacementRequest } from "./types.js";

/** Two requests with one key ask the same of a machine. */
export function requestKey(request: PlacementRequest): string {
  const { size, minRatio, maxDeadBoards, maxDeadLinks, requireTorus } = request;
  return JSON.stringify([size, minRatio, maxDeadBoards, maxDeadLinks, requireTorus]);
}
