/** What a BMP answers a request with, and whether the request is worth repeating. */

export const ReturnCode = {
  ok: 0x80,
  badLength: 0x81,
  checksum: 0x82,
  unknownCommand: 0x83,
  badArgument: 0x84,
  badPort: 0x85,
  timeout: 0x86,
  noRoute: 0x87,
  cpu: 0x88,
  dead: 0x89,
  buffer: 0x8a,
  noReply: 0x8b,
  reject: 0x8c,
  busy: 0x8d,
  transportTimeout: 0x8e,
  transport: 0x8f,
} as const;

export type ReturnCode = (typeof ReturnCode)[keyof typeof ReturnCode];

interface Meaning {
  readonly name: string;
  /** Whether the same request may succeed a moment later. */
  readonly retryable: boolean;
}

const MEANINGS: Readonly<Record<ReturnCode, Meaning>> = {
  [ReturnCode.ok]: { name: "ok", retryable: false },
  [ReturnCode.badLength]: { name: "bad packet length", retryable: false },
  [ReturnCode.checksum]: { name: "checksum error", retryable: true },
  [ReturnCode.unknownCommand]: { name: "unknown command", retryable: false },
  [ReturnCode.badArgument]: { name: "bad argument", retryable: false },
  [ReturnCode.badPort]: { name: "bad port", retryable: false },
  [ReturnCode.timeout]: { name: "timeout inside the frame", retryable: true },
  [ReturnCode.noRoute]: { name: "no route: there is no such board", retryable: false },
  [ReturnCode.cpu]: { name: "bad CPU", retryable: false },
  [ReturnCode.dead]: { name: "dead: there is no such board", retryable: false },
  [ReturnCode.buffer]: { name: "no buffer", retryable: false },
  [ReturnCode.noReply]: { name: "no reply from the board", retryable: true },
  [ReturnCode.reject]: { name: "rejected", retryable: false },
  [ReturnCode.busy]: { name: "busy", retryable: true },
  [ReturnCode.transportTimeout]: { name: "transport timeout", retryable: true },
  [ReturnCode.transport]: { name: "transport error", retryable: false },
};

const BY_CODE: ReadonlyMap<number, Meaning> = new Map(
  Object.entries(MEANINGS).map(([code, meaning]) => [Number(code), meaning]),
);

/** Unknown codes are not worth a retry. */
export function isRetryable(code: number): boolean {
  return BY_CODE.get(code)?.retryable ?? false;
}

/** "bad argument (0x84)". */
export function describeReturnCode(code: number): string {
  return `${BY_CODE.get(code)?.name ?? "unknown return code"} (0x${code.toString(16)})`;
}
