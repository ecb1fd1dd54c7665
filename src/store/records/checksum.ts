/**
 * LMDB keeps no checksums, so every row has one of its own, from schema version 2 on: behind the
 * message, 4 bytes, little-endian, the CRC-32 (that of zlib) of the key and the message.
 */
import { crc32 } from "node:zlib";
import { type Codec, RecordWriter } from "./codec.js";
import { FieldError } from "./fields.js";

const CHECKSUM_BYTES = 4;

/** One for all rows: its buffer has grown to what they take. */
const writer = new RecordWriter();

/** The value of the row with that key: a message and its checksum. */
export function seal(key: Buffer, message: Uint8Array): Buffer {
  return sealed(key, () => writer.raw(message));
}

/** The same of a record. */
export function sealRecord<Row>(key: Buffer, codec: Codec<Row>, row: Row): Buffer {
  return sealed(key, () => codec.write(row, writer));
}

function sealed(key: Buffer, writeMessage: () => void): Buffer {
  writer.pos = 0;
  writer.states = null;
  writer.raw(key);
  writeMessage();
  const written = writer.buf.subarray(0, writer.pos);
  const end = written.length - key.length;
  const value = Buffer.allocUnsafe(end + CHECKSUM_BYTES);
  value.set(written.subarray(key.length));
  value.writeUInt32LE(crc32(written), end);
  return value;
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
