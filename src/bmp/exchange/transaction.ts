/**
 * One command, carried through lost packets and passing refusals.
 *
 * | what came              | what is done                                                      |
 * |------------------------|-------------------------------------------------------------------|
 * | the reply, ok          | its payload is the result                                         |
 * | nothing in time        | sent again, up to `tries` in all, then "unanswered"               |
 * | a passing refusal      | sent again after a pause, up to `tries` in all, then "refused"    |
 * | any other refusal      | "refused" at once                                                 |
 */

import { sleep } from "../times.js";
import type { Command } from "../wire/packet.js";
import { describeReturnCode, isRetryable, ReturnCode } from "../wire/return-codes.js";
import type { BmpConnection } from "./connection.js";
import { BmpError } from "./errors.js";

/** For requests that do no harm when they are carried out twice. */
export const IDEMPOTENT_TRIES = 5;

export interface Patience {
  /** For the reply to one packet. */
  readonly timeoutMs: number;
  /** Between a refusal, or a packet that could not be delivered, and the next try. */
  readonly pauseMs: number;
  /** Packets sent at most. */
  readonly tries: number;
  /** Asked after each packet without success: false ends it, as if it were the last. */
  readonly isWanted?: () => boolean;
}

/** The payload of the reply. Throws {@link BmpError}. */
export async function transact(
  connection: BmpConnection,
  command: Command,
  { timeoutMs, pauseMs, tries, isWanted }: Patience,
): Promise<Buffer> {
  let refusal: number | null = null;
  let tried = 1;
  for (; ; tried++) {
    const sent = performance.now();
    const reply = await connection.send(command, timeoutMs);
    if (reply?.returnCode === ReturnCode.ok) return reply.payload;
    refusal = reply?.returnCode ?? null;
    const hopeless = refusal !== null && !isRetryable(refusal);
    if (hopeless || tried >= tries || isWanted?.() === false) break;
    const waited = performance.now() - sent;
    if (waited < timeoutMs) await sleep(Math.min(pauseMs, timeoutMs - waited));
  }
  if (refusal !== null) throw new BmpError("refused", describeReturnCode(refusal));
  const times = tried === 1 ? "one request" : `${tried} requests`;
  throw new BmpError("unanswered", `no reply to ${times} within ${timeoutMs / 1000} s each`);
}
