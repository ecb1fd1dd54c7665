/**
 * The memory of the controller of one board, an LPC1768, and the serial flash beside it:
 *
 * | address               | what                                                                   |
 * |-----------------------|------------------------------------------------------------------------|
 * | 0                     | 512 KiB of flash; from 0x1000, 4 KiB of settings with a CRC at the end  |
 * | 0x10000000            | 32 KiB of RAM; it begins with the buffer that flash is written from     |
 * | 0x2007C000            | 32 KiB of RAM                                                          |
 * | 0x2009C034            | pins of port 1; bit 14 resets the FPGAs                                |
 *
 * The serial flash has addresses of its own, from 0, 8 MiB.
 */
import { crc32 } from "node:zlib";
import { SparseMemory } from "./sparse-memory.js";

const ERASED = 0xff;
const KIB = 1024;
const WORD_BYTES = 4;

export const FLASH_BUFFER = 0x1000_0000;
/** Where the status is that the info command returns. */
export const STATUS_ADDRESS = 0x1000_1100;
/** The second code block of the flash: where the firmware starts. */
export const BOOT_VECTOR = 0x0001_0000;
export const RESET_PIN_ADDRESS = 0x2009_c034;
export const RESET_PIN = 1 << 14;
const SETTINGS = { address: 0x1000, bytes: 4 * KIB } as const;

interface Region {
  readonly base: number;
  readonly memory: SparseMemory;
}

export class BoardMemory {
  readonly flash = new SparseMemory(512 * KIB, ERASED);
  readonly serialFlash = new SparseMemory(8 * KIB * KIB, ERASED);
  readonly #ram: readonly Region[] = [
    { base: FLASH_BUFFER, memory: new SparseMemory(32 * KIB, 0) },
    { base: 0x2007_c000, memory: new SparseMemory(32 * KIB, 0) },
  ];

  readonly #pins = new Map<number, number>();

  /** @param settings how the settings in the flash begin */
  constructor(settings: Buffer) {
    const sector = Buffer.alloc(SETTINGS.bytes, ERASED);
    settings.copy(sector);
    const sealed = SETTINGS.bytes - WORD_BYTES;
    sector.writeUInt32LE(~crc32(sector.subarray(0, sealed)) >>> 0, sealed);
    this.flash.write(SETTINGS.address, sector);
  }

  /** What a pin register reads as from now on. */
  showPin(address: number, value: number): void {
    this.#pins.set(address, value);
  }

  /** The controller restarts: what was in RAM is lost. */
  restart(): void {
    for (const { memory } of this.#ram) memory.clear();
  }

  /** Null where there is nothing. */
  read(address: number, length: number): Buffer | null {
    if (this.flash.has(address, length)) return this.flash.read(address, length);
    const pins = this.#pins.get(address);
    if (pins !== undefined && length === WORD_BYTES) {
      const word = Buffer.alloc(WORD_BYTES);
      word.writeUInt32LE(pins);
      return word;
    }
    const region = this.#ramAt(address, length);
    return region?.memory.read(address - region.base, length) ?? null;
  }

  /** False where there is no RAM. */
  write(address: number, bytes: Buffer): boolean {
    const region = this.#ramAt(address, bytes.length);
    region?.memory.write(address - region.base, bytes);
    return region !== undefined;
  }

  #ramAt(address: number, length: number): Region | undefined {
    return this.#ram.find(({ base, memory }) => memory.has(address - base, length));
  }
}
