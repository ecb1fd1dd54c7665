/** All that hostile clients do. */
import { forgedPackets } from "./forged-packets.js";
import {
  churn,
  dribble,
  garbage,
  halfLines,
  silent,
  unread,
  watchers,
} from "./idle-connections.js";
import { longLine, manyLines } from "./long-lines.js";
import { abandoned, heavy, hoard, switching, thousands, wholeMachines } from "./many-jobs.js";
import { oddTexts } from "./odd-texts.js";
import { operatorLines } from "./operator-lines.js";
import type { Attack } from "./target.js";

export const ATTACKS = {
  longLine,
  manyLines,
  oddTexts,
  thousands,
  heavy,
  wholeMachines,
  hoard,
  switching,
  abandoned,
  silent,
  halfLines,
  dribble,
  unread,
  watchers,
  churn,
  garbage,
  forgedPackets,
  operatorLines,
} satisfies Record<string, Attack>;
export type AttackName = keyof typeof ATTACKS;
