/**
 * One command, carried through despite lost packets and temporary refusals.
 *
 * | what came              | what is done                                                      |
 * |------------------------|-------------------------------------------------------------------|
 * | the reply, ok          | its payload is the result                                         |
 * | nothing in time        | sent again, up to `tries` in all, then "unanswered"               |
 * | a temporary refusal    | sent again after a pause, up to `tries` in all, then "refused"    |
 * | any other refusal      | "refused" at once                                                 |
 */

import { sleep } from "../times.js";
import type { BmpCommand } from "../wire/packet.js";
import { describeReturnCode, isRetryable, ReturnCode } from "../wire/return-codes.js";
import type { BmpConnection } from "./connection.js";
import { BmpError } from "./errors.js";

export interface RetryLimits {
  /** For the reply to one packet. */
  readonly timeoutMs: number;
  /** Between a refusal, or a packet that could not be delivered, and the next try. */
  readonly pauseMs: number;
  /** Packets sent at most. */
  readonly tries: number;
  /** Called after each packet without success: false ends it, as if it were the last. */
  readonly keepTrying?: () => boolean;
}

/** The payload of the reply. Throws {@link BmpError}. */
export async function transact(
  connection: BmpConnection,
  command: BmpCommand,
  { timeoutMs, pauseMs, tries, keepTrying }: RetryLimits,
): Promise<Buffer> {
  let refusal: number | null = null;
  let tried = 1;
  for (; ; tried++) {
    const sent = performance.now();
    const reply = await connection.send(command, timeoutMs);
    if (reply?.returnCode === ReturnCode.ok) return reply.payload;
    refusal = reply?.returnCode ?? null;
    const hopeless = refusal !== null && !isRetryable(refusal);
    if (hopeless || tried >= tries || keepTrying?.() === false) break;
    const waited = performance.now() - sent;
    if (waited < timeoutMs) await sleep(Math.min(pauseMs, timeoutMs - waited));
  }
  if (refusal !== null) throw new BmpError("refused", describeReturnCode(refusal));
  const what = tried === 1 ? "no reply" : `no reply to any of ${tried} requests`;
  throw new BmpError("unanswered", `${what} within ${timeoutMs / 1000} s`);
}
