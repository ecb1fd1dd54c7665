/**
 * Payload of the reply to the version command:
 * +0 board, +1 CAN id, +2 frame, +3 code block, +4 u16 buffer size, +6 u16 0xFFFF or an old version
 * number (major · 100 + minor), +8 u32 build time, +12 name NUL version NUL.
 */

const TEXT_OFFSET = 12;
/** Without name and version. */
export const SHORTEST_VERSION_BYTES = TEXT_OFFSET;
const VERSION_IN_TEXT = 0xffff;

export interface BoardVersion {
  readonly board: number;
  readonly canId: number;
  readonly frame: number;
  readonly codeBlock: number;
  /** Bytes of data one packet can hold. */
  readonly bufferBytes: number;
  /** Unix seconds. */
  readonly buildTime: number;
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  /** 0 where the firmware knows no third number. */
  readonly patch: number;
}

/** Null for a payload that is too short or holds no version. */
export function decodeVersion(payload: Buffer): BoardVersion | null {
  if (payload.length < TEXT_OFFSET) return null;
  const [name = "", text = ""] = payload.toString("latin1", TEXT_OFFSET).split("\0");
  const number = payload.readUInt16LE(6);
  let major = Math.floor(number / 100);
  let minor = number % 100;
  let patch = 0;
  if (number === VERSION_IN_TEXT) {
    const match = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
    if (match === null) return null;
    major = Number(match[1]);
    minor = Number(match[2]);
    patch = Number(match[3] ?? 0);
  }
  return {
    board: payload.readUInt8(0),
    canId: payload.readUInt8(1),
    frame: payload.readUInt8(2),
    codeBlock: payload.readUInt8(3),
    bufferBytes: payload.readUInt16LE(4),
    buildTime: payload.readUInt32LE(8),
    name,
    major,
    minor,
    patch,
  };
}

/** Firmware before 2 carries its version as a number, later firmware as text. */
export function encodeVersion(version: BoardVersion): Buffer {
  const { name, major, minor, patch } = version;
  const old = major < 2;
  const text = old ? `${name}\0` : `${name}\0${major}.${minor}.${patch}\0`;
  const payload = Buffer.alloc(TEXT_OFFSET + text.length);
  payload.writeUInt8(version.board, 0);
  payload.writeUInt8(version.canId, 1);
  payload.writeUInt8(version.frame, 2);
  payload.writeUInt8(version.codeBlock, 3);
  payload.writeUInt16LE(version.bufferBytes, 4);
  payload.writeUInt16LE(old ? major * 100 + minor : VERSION_IN_TEXT, 6);
  payload.writeUInt32LE(version.buildTime, 8);
  payload.write(text, TEXT_OFFSET, "latin1");
  return payload;
}
