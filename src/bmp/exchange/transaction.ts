/**
 * One command, carried through despite lost packets and temporary refusals.
 *
 * | what came              | what is done                                                      |
 * |------------------------|-------------------------------------------------------------------|
 * | the reply, ok          | its payload is the result                                         |
 * | nothing in time        | sent again, up to `tries` in all, then "unanswered"               |
 * | no reply by its form   | the same, then "malformed"                                        |
 * | word that it is lost   | sent again after a pause, up to `tries` in all, then "unreachable"|
 * | a temporary refusal    | sent again after a pause, up to `tries` in all, then "refused"    |
 * | any other refusal      | "refused" at once                                                 |
 *
 * The reply may be to any of the packets that were sent for it.
 */

import { sleep } from "../times.js";
import type { BmpCommand, BmpReply } from "../wire/packet.js";
import { describeReturnCode, isRetryable, ReturnCode } from "../wire/return-codes.js";
import { unreachableByArp } from "./arp-table.js";
import type { BmpConnection } from "./connection.js";
import { BmpError } from "./errors.js";
import { describeNetworkError } from "./network-errors.js";

export interface RetryLimits {
  /** For the reply to one packet; after that the BMP is not at work on it any more. */
  readonly timeoutMs: number;
  /** Between a refusal, or a packet that could not be delivered, and the next try. */
  readonly pauseMs: number;
  /** Packets sent at most. */
  readonly tries: number;
  /** Called after each packet without success: false ends it, as if it were the last. */
  readonly keepTrying?: () => boolean;
  /** Told how long the reply took when it is ok. */
  readonly onReply?: (tookMs: number) => void;
}

/** The payload of the reply. Throws {@link BmpError}. */
export async function transact(
  connection: BmpConnection,
  command: BmpCommand,
  { timeoutMs, pauseMs, tries, keepTrying, onReply }: RetryLimits,
): Promise<Buffer> {
  let error: Error | null = null;
  for (let tried = 1; ; tried++) {
    const sent = performance.now();
    const answer = await connection.send(command, timeoutMs);
    if (answer.reply === null) error = answer.error ?? error;
    else {
      const { reply, tookMs } = answer;
      if (reply.returnCode === ReturnCode.ok) {
        onReply?.(tookMs);
        return reply.payload;
      }
      if (!isRetryable(reply.returnCode)) throw refused(reply);
    }
    if (tried >= tries || keepTrying?.() === false) {
      if (answer.reply !== null) throw refused(answer.reply);
      if (error === null && connection.misfit !== null) throw misfit(tried, connection.misfit);
      throw noReply(tried, timeoutMs, error ?? (await unreachableByArp(connection.ip)));
    }
    const waited = performance.now() - sent;
    if (waited < timeoutMs) await sleep(Math.min(pauseMs, timeoutMs - waited));
  }
}

function refused({ returnCode }: BmpReply): BmpError {
  return new BmpError("refused", describeReturnCode(returnCode));
}

/** What came is not believed; the BMP is there all the same. */
function misfit(tried: number, reason: string): BmpError {
  const what = tried === 1 ? "no reply" : `no reply to any of ${tried} requests`;
  return new BmpError("malformed", `${what} that can be one to it: what came ${reason}`);
}

/** @param error what the network said of any of them, the last time it did */
export function noReply(tried: number, timeoutMs: number, error: Error | null): BmpError {
  const what = tried === 1 ? "no reply" : `no reply to any of ${tried} requests`;
  if (error === null) return new BmpError("unanswered", `${what} within ${timeoutMs / 1000} s`);
  const message = `${what}: ${describeNetworkError(error)}`;
  return new BmpError("unreachable", message, { cause: error });
}
