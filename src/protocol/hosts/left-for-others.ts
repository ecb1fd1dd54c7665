/**
 * What is left of a limit for all when some hosts have much of it: it is for hosts that have little. A host
 * gets no more when it has three times as much as is left, so that any number of hosts that take all they can
 * leave something to one that comes later.
 */
const TIMES_LEFT = 3;

export interface Limit {
  readonly perHost: number;
  readonly total: number;
}

/** Where each host may have everything, nothing is kept for others. */
export function isLeftForOthers(ofHost: number, ofAll: number, { perHost, total }: Limit): boolean {
  return perHost < total && ofHost > 0 && ofHost >= TIMES_LEFT * (total - ofAll);
}
