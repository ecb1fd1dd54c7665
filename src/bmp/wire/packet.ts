/**
 * Packets to and from a BMP. Little-endian.
 *
 * | offset | size | request                               | reply                     |
 * |--------|------|---------------------------------------|---------------------------|
 * | 0      | 2    | 0                                     | padding, not checked      |
 * | 2      | 1    | flags 0x87: a reply is expected       | 0x07                      |
 * | 3      | 1    | tag 0xFF                              | any                       |
 * | 4      | 1    | port 0 in bits 7-5, board in bits 4-0 | any                       |
 * | 5      | 1    | 0xFF                                  | board                     |
 * | 6      | 4    | 0: destination and source y, x        | any, any, 0, 0            |
 * | 10     | 2    | command                               | return code               |
 * | 12     | 2    | sequence number                       | that of the request       |
 * | 14     | 12   | arguments 1, 2, 3                     | payload starts at 14      |
 * | 26     | ≤256 | data                                  |                           |
 */
import type { ReturnCode } from "./return-codes.js";

/** UDP port on which every BMP listens. */
export const BMP_PORT = 17893;

export const PacketFlags = { replyExpected: 0x87, noReply: 0x07 } as const;

const ANY = 0xff;
/** What five bits hold. */
const MAX_BOARD = 31;
const REPLY_HEADER_BYTES = 14;
export const MIN_REQUEST_BYTES = 26;
export const MAX_DATA_BYTES = 256;
export const MAX_REQUEST_BYTES = MIN_REQUEST_BYTES + MAX_DATA_BYTES;

export const NO_DATA = Buffer.alloc(0);

/** A request without its sequence number: the same however often it is sent. */
export interface BmpCommand {
  /** Board of the frame, 0 … 23. */
  readonly board: number;
  readonly command: number;
  /** Three unsigned 32-bit words. */
  readonly args: readonly [number, number, number];
  /** At most 256 bytes. */
  readonly data: Buffer;
}

export interface BmpRequest extends BmpCommand {
  readonly sequence: number;
}

/** The header fields that firmware looks at or that a client must set right. */
export interface RequestHeader {
  readonly padding: number;
  readonly flags: number;
  readonly tag: number;
  readonly port: number;
  readonly source: number;
  /** Destination y, x and source y, x as one little-endian word. */
  readonly addresses: number;
}

export interface BmpReply {
  readonly board: number;
  readonly returnCode: ReturnCode | number;
  readonly sequence: number;
  readonly payload: Buffer;
}

/** Throws RangeError for a board, argument, sequence number or data that does not fit. */
export function encodeRequest({ board, command, sequence, args, data }: BmpRequest): Buffer {
  if (!Number.isInteger(board) || board < 0 || board > MAX_BOARD) {
    throw new RangeError(`board ${board} does not fit into a request, which has five bits for it`);
  }
  if (data.length > MAX_DATA_BYTES) {
    throw new RangeError(
      `${data.length} bytes of data do not fit into a request, which holds at most ${MAX_DATA_BYTES}`,
    );
  }
  const packet = Buffer.alloc(MIN_REQUEST_BYTES + data.length);
  packet.writeUInt8(PacketFlags.replyExpected, 2);
  packet.writeUInt8(ANY, 3);
  packet.writeUInt8(board, 4);
  packet.writeUInt8(ANY, 5);
  packet.writeUInt16LE(command, 10);
  packet.writeUInt16LE(sequence, 12);
  args.forEach((arg, i) => {
    packet.writeUInt32LE(arg, 14 + 4 * i);
  });
  data.copy(packet, MIN_REQUEST_BYTES);
  return packet;
}

/** The request in a packet of at least {@link MIN_REQUEST_BYTES}; throws RangeError if shorter. */
export function decodeRequest(packet: Buffer): BmpRequest & { readonly header: RequestHeader } {
  return {
    board: packet.readUInt8(4) & 0x1f,
    command: packet.readUInt16LE(10),
    sequence: packet.readUInt16LE(12),
    args: [packet.readUInt32LE(14), packet.readUInt32LE(18), packet.readUInt32LE(22)],
    data: packet.subarray(MIN_REQUEST_BYTES),
    header: {
      padding: packet.readUInt16LE(0),
      flags: packet.readUInt8(2),
      tag: packet.readUInt8(3),
      port: packet.readUInt8(4) >> 5,
      source: packet.readUInt8(5),
      addresses: packet.readUInt32LE(6),
    },
  };
}

/** The reply as a BMP sends it, to the tag and port that the request came from. */
export function encodeReply({ board, returnCode, sequence, payload }: BmpReply): Buffer {
  const packet = Buffer.alloc(REPLY_HEADER_BYTES + payload.length);
  packet.writeUInt8(PacketFlags.noReply, 2);
  packet.writeUInt8(ANY, 3);
  packet.writeUInt8(ANY, 4);
  packet.writeUInt8(board, 5);
  packet.writeUInt16LE(returnCode, 10);
  packet.writeUInt16LE(sequence, 12);
  payload.copy(packet, REPLY_HEADER_BYTES);
  return packet;
}

/** The reply in a packet, or null when it is not a reply of a board. */
export function decodeReply(packet: Buffer): BmpReply | null {
  if (packet.length < REPLY_HEADER_BYTES || packet.readUInt8(2) !== PacketFlags.noReply)
    return null;
  // Where it says that it is from: no chip, and none of the ports of one.
  if (packet.readUInt16LE(8) !== 0 || packet.readUInt8(5) > MAX_BOARD) return null;
  return {
    board: packet.readUInt8(5),
    returnCode: packet.readUInt16LE(10),
    sequence: packet.readUInt16LE(12),
    payload: packet.subarray(REPLY_HEADER_BYTES),
  };
}
