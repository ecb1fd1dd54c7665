/**
 * Commands about the memory of a board's controller and the flash beside it:
 *
 * | command     | arguments                                 | data, reply                          |
 * |-------------|-------------------------------------------|--------------------------------------|
 * | read        | address, bytes (1-256), unit              | the bytes                            |
 * | write       | address, bytes (1-256), unit; not flash   | the bytes                            |
 * | flash erase | from, to                                  | address of the buffer to write from  |
 * | flash write | address, bytes, 1 to erase first          | -; takes them from the buffer        |
 * | flash copy  | to, from, bytes                           | -                                    |
 * | serial flash| address, bytes, 0 read, 1 write, 2 CRC-32 | the bytes, or the CRC                |
 *
 * The unit is 0 for bytes, 1 for half words, 2 for words; address and length are multiples of it.
 */
import { crc32 } from "node:zlib";
import { type BmpRequest, MAX_DATA_BYTES } from "../../bmp/wire/packet.js";
import { ReturnCode } from "../../bmp/wire/return-codes.js";
import { type FirmwareReply, ok, refused } from "./commands.js";
import { type BoardMemory, FLASH_BUFFER } from "./memory.js";

const LARGEST_UNIT = 2;
const SerialFlashOperation = { read: 0, write: 1, crc: 2 } as const;

/** Flash is erased in sectors: small ones below the boundary, large ones above. */
const SECTORS = { boundary: 0x1_0000, small: 0x1000, large: 0x8000 } as const;
/** What can be written at once. */
const FLASH_WRITE_BYTES: readonly number[] = [256, 512, 1024, 4096];

export function readMemory(memory: BoardMemory, { args }: BmpRequest): FirmwareReply {
  const [address, length] = args;
  const bytes = isAccess(args) ? memory.read(address, length) : null;
  return bytes === null ? refused(ReturnCode.badArgument) : ok(bytes);
}

export function writeMemory(memory: BoardMemory, { args, data }: BmpRequest): FirmwareReply {
  const [address, length] = args;
  if (!isAccess(args)) return refused(ReturnCode.badArgument);
  if (data.length !== length) return refused(ReturnCode.badLength);
  return memory.write(address, data) ? ok() : refused(ReturnCode.badArgument);
}

export function eraseFlash({ flash }: BoardMemory, { args }: BmpRequest): FirmwareReply {
  const [from, to] = args;
  const crossesBoundary = from < SECTORS.boundary && to > SECTORS.boundary;
  const valid = from < to && from % SECTORS.small === 0 && flash.has(from, to - from);
  if (!valid || crossesBoundary) return refused(ReturnCode.badArgument);
  erase(flash, from, to);
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(FLASH_BUFFER);
  return ok(buffer);
}

export function writeFlash(memory: BoardMemory, { args }: BmpRequest): FirmwareReply {
  const [address, length, eraseFirst] = args;
  const { flash } = memory;
  const valid =
    FLASH_WRITE_BYTES.includes(length) && address % length === 0 && flash.has(address, length);
  const bytes = valid ? memory.read(FLASH_BUFFER, length) : null;
  if (bytes === null) return refused(ReturnCode.badArgument);
  if (eraseFirst === 1) erase(flash, address, address + length);
  // Writing can only clear bits.
  const before = flash.read(address, length);
  flash.write(address, Buffer.from(bytes.map((byte, i) => byte & before[i]!)));
  return ok();
}

export function copyFlash({ flash }: BoardMemory, { args }: BmpRequest): FirmwareReply {
  const [to, from, length] = args;
  if (length === 0 || !flash.has(from, length) || !flash.has(to, length))
    return refused(ReturnCode.badArgument);
  flash.write(to, flash.read(from, length));
  return ok();
}

export function accessSerialFlash(
  { serialFlash }: BoardMemory,
  { args, data }: BmpRequest,
): FirmwareReply {
  const [address, length, operation] = args;
  if (length === 0 || !serialFlash.has(address, length)) return refused(ReturnCode.badArgument);
  if (operation === SerialFlashOperation.crc) {
    const crc = Buffer.alloc(4);
    crc.writeUInt32LE(crc32(serialFlash.read(address, length)));
    return ok(crc);
  }
  if (length > MAX_DATA_BYTES) return refused(ReturnCode.badArgument);
  if (operation === SerialFlashOperation.read) return ok(serialFlash.read(address, length));
  if (operation !== SerialFlashOperation.write) return refused(ReturnCode.badArgument);
  // The last block of a file may be shorter than it says.
  if (data.length > length) return refused(ReturnCode.badLength);
  serialFlash.write(address, data);
  return ok();
}

function isAccess([address, length, unit]: BmpRequest["args"]): boolean {
  const bytes = 2 ** unit;
  return (
    unit <= LARGEST_UNIT &&
    length > 0 &&
    length <= MAX_DATA_BYTES &&
    address % bytes === 0 &&
    length % bytes === 0
  );
}

/** Whole sectors, from that of the first byte to that of the last. */
function erase(flash: BoardMemory["flash"], from: number, to: number): void {
  const sector = from < SECTORS.boundary ? SECTORS.small : SECTORS.large;
  const start = from - (from % sector);
  const end = Math.ceil(to / sector) * sector;
  flash.write(start, Buffer.alloc(end - start, 0xff));
}
