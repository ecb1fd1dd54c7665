/** What the process of the attackers and the siege tell each other. */
import type { AttackName } from "./attacks.js";

export interface AttackersOptions {
  readonly seed: number;
  readonly port: number;
  readonly network: string;
  readonly operatorSocket: string;
}

/** To the attackers: another server runs. */
export interface ServerStarted {
  readonly pid: number;
}

/** From the attackers. */
export type FromAttackers =
  | { readonly acknowledged: number }
  | { readonly released: readonly number[] }
  /** The attackers themselves are at fault. */
  | { readonly defect: string }
  | { readonly counts: Readonly<Partial<Record<AttackName, number>>> }
  /** Of the attackers by number, what each is at. */
  | { readonly attacker: number; readonly attack: AttackName };
