/**
 * The registers of one FPGA: at 0x40000 those of the whole, at each multiple of 0x10000 below those of a
 * link. They have their first values when the FPGA is loaded, and again after each reset.
 */

import { FLAG_REGISTER } from "../../bmp/wire/fpga.js";

const ALL_BITS = 0xffffffff;
const MAIN_BANK = 0x40000;
const BANK_BYTES = 0x10000;

interface Register {
  readonly first: number;
  /** The bits that a write changes; 0: it can only be read. */
  readonly writable: number;
}

const readOnly = (first: number): Register => ({ first, writable: 0 });

/** By offset in the bank. */
const MAIN: ReadonlyMap<number, Register> = new Map([
  [0x00, readOnly(0x0001_0602)], // version of the design
  [FLAG_REGISTER - MAIN_BANK, readOnly(0)], // which FPGA it is; the board says that
  [0x08, { first: ALL_BITS, writable: ALL_BITS }], // key of the peripheral route
  [0x10, { first: 0xf, writable: 0xf }], // scrambler
  [0x18, { first: 0x0f, writable: 0xff }], // LEDs
  [0x1c, { first: 0x0a, writable: 0xff }], // receive equalization
  [0x20, { first: 0x0066, writable: 0xffff }], // transmit swing
  [0x24, { first: 0x012, writable: 0xfff }], // transmit pre-emphasis
]);
const LINK: ReadonlyMap<number, Register> = new Map([
  [0x00, readOnly(0x0001_0102)], // version of module and protocol
  [0x28, readOnly(7)], // credit
  [0x4c, { first: 0, writable: 0xffff }], // sentinel that idle frames carry
  [0x54, readOnly(1)], // handshake: complete
  [0x5c, { first: 0, writable: 1 }], // STOP
]);
/** Other registers of a link up to here are counters and states. */
const LAST_COUNTER = 0x58;
const PLAIN: Register = { first: 0, writable: ALL_BITS };

/** What a register has at that address when the FPGA is loaded or reset. */
export function firstValue(address: number): number {
  return registerAt(address).first;
}

/** The bits that a write to that address changes. */
export function writableBits(address: number): number {
  return registerAt(address).writable;
}

function registerAt(address: number): Register {
  const bank = address - (address % BANK_BYTES);
  const offset = address - bank;
  if (bank > MAIN_BANK) return PLAIN;
  if (bank === MAIN_BANK) return MAIN.get(offset) ?? PLAIN;
  return LINK.get(offset) ?? (offset <= LAST_COUNTER ? readOnly(0) : PLAIN);
}
