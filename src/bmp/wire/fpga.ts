/**
 * Registers of the three FPGAs of a board. They carry its six board-to-board links, two each, one
 * per bank of registers.
 */
import type { Link } from "../../domain/links.js";

export const FPGAS = [0, 1, 2] as const;

/**
 * Its low two bits are the id of the FPGA, once that is loaded and works: its number, unless the board
 * has a bitfile of its own.
 */
export const FLAG_REGISTER = 0x40004;

/** What the registers of an FPGA read while its board is off. */
export const READ_WHEN_OFF = 0xffffffff;

const BANK_STRIDE = 0x10000;
const STOP_OFFSET = 0x5c;

/** 1 in the STOP register of a bank: its link sends nothing. */
export function stopRegister(bank: number): number {
  return bank * BANK_STRIDE + STOP_OFFSET;
}

/** LINK_BANKS[link]: which FPGA and which of its banks carries the link. */
export const LINK_BANKS: Readonly<Record<Link, { readonly fpga: number; readonly bank: number }>> =
  {
    0: { fpga: 0, bank: 0 }, // east
    1: { fpga: 2, bank: 1 }, // north-east
    2: { fpga: 2, bank: 0 }, // north
    3: { fpga: 1, bank: 1 }, // west
    4: { fpga: 1, bank: 0 }, // south-west
    5: { fpga: 0, bank: 1 }, // south
  };

/** The id in a FLAG value. */
export function idInFlag(value: number): number {
  return value & 0b11;
}
