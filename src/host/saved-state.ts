/** What a start makes of the state that it finds. */
import type { ConfigurationDescription } from "../config/description.js";
import type { SavedState } from "../engine/contract/records.js";
import type { Store } from "../engine/contract/store-port.js";
import { type ColdStart, coldStart, coldStartOnUnknown } from "../engine/inputs/cold-start.js";
import { DamagedRecordError } from "../store/index.js";
import { systemClock } from "./clock.js";

export interface FoundState {
  readonly saved: SavedState;
  /** Null for a start that goes on with what was saved. */
  readonly cold: ColdStart | null;
  /** Whether BMPs may be at work for the last server; see BmpServiceOptions. */
  readonly lastServer: "closed" | "killed" | "killedOrdersUnknown";
}

/** Null when it is damaged, which a cold start gets past. */
export async function load(store: Store, isCold: boolean): Promise<SavedState | null> {
  try {
    return await store.load();
  } catch (error) {
    if (isCold && error instanceof DamagedRecordError) return null;
    throw error;
  }
}

export function found(
  { leftOpen }: Store,
  saved: SavedState,
  { secondsBeforeFree }: ConfigurationDescription,
  isCold: boolean,
): FoundState {
  const mayBeBusy = leftOpen || hasOrdersUnderWay(saved);
  const pause = { settings: { cooldownMs: secondsBeforeFree * 1000 }, clock: systemClock };
  return {
    saved,
    cold: isCold ? coldStart(saved, pause) : null,
    lastServer: mayBeBusy ? "killed" : "closed",
  };
}

/** For a cold start on records that cannot be read: they are cleared. */
export async function clearDamaged(
  store: Store,
  { machines }: ConfigurationDescription,
): Promise<FoundState> {
  await store.clear();
  const saved = await store.load();
  const cold = coldStartOnUnknown(saved.counters, machines);
  return { saved, cold, lastServer: store.leftOpen ? "killedOrdersUnknown" : "killed" };
}

/** A stop that is limited in time leaves orders to the next server, and a BMP may be at work on one. */
function hasOrdersUnderWay({ jobs, cooldowns, quarantine }: SavedState): boolean {
  return (
    jobs.some(({ placement }) => placement?.powerPending === true) ||
    cooldowns.some(({ poweredOffAtMs }) => poweredOffAtMs === null) ||
    quarantine.some(({ mayBeOn }) => mayBeOn)
  );
}
