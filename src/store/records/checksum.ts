/**
 * LMDB keeps no checksums, so every row has one of its own, from schema version 2 on: behind the
 * message, 4 bytes, little-endian, the CRC-32 (that of zlib) of the key and the message.
 */
import { crc32 } from "node:zlib";
import { FieldError } from "./fields.js";

const CHECKSUM_BYTES = 4;

/** A message with its checksum. */
export function seal(key: Buffer, message: Uint8Array): Buffer {
  const row = Buffer.allocUnsafe(message.length + CHECKSUM_BYTES);
  row.set(message);
  row.writeUInt32LE(crc32(message, crc32(key)), message.length);
  return row;
}

/** The message of a row. Throws {@link FieldError} when it is not the one that was written. */
export function unseal(key: Buffer, row: Buffer): Buffer {
  const end = row.length - CHECKSUM_BYTES;
  if (end < 0) throw new FieldError("it is too short for its checksum");
  const message = row.subarray(0, end);
  if (crc32(message, crc32(key)) !== row.readUInt32LE(end)) {
    throw new FieldError("its checksum is wrong: it is not what was written");
  }
  return message;
}
