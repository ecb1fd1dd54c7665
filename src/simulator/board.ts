/**
 * One board of a frame: power, the registers of its three FPGAs, LEDs, the memory of its controller.
 *
 *   off ──power on──► on, all registers reset ──power on──► on, reset again
 *                      └──power off──► off
 *
 * The board's own controller runs on standby power, so version and status can be read when the board
 * is off, too; its FPGAs then read as all ones and keep nothing that is written.
 */

import { FLAG_REGISTER, LINK_BANKS, stopRegister } from "../bmp/wire/fpga.js";
import { type BoardStatus, encodeStatus } from "../bmp/wire/status.js";
import type { BoardCoordinate } from "../domain/board.js";
import { ALL_LINKS, type Link } from "../domain/links.js";
import type { FpgaIds } from "../domain/machine.js";
import { firstValue, writableBits } from "./firmware/fpga-registers.js";
import { BoardMemory, RESET_PIN, RESET_PIN_ADDRESS, STATUS_ADDRESS } from "./firmware/memory.js";
import { type BoardAddresses, settingsEntries } from "./firmware/settings.js";

/** Which board of which machine it is; a reload may change that. */
export interface BoardIdentity {
  readonly machine: string;
  readonly board: BoardCoordinate;
  /** What its FPGAs show in their flag registers. */
  readonly fpgaIds: FpgaIds;
}

export interface Firmware {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

const FIRMWARE: Firmware = { major: 2, minor: 1, patch: 2 };

const ALL_ONES = 0xffffffff;
/** Only the low two bits of FLAG are the id; the others are arbitrary. */
const FLAG_UPPER_BITS = 0x5a5a5a50;

const NO_ADDRESSES: BoardAddresses = { bmp: "", spinnaker: "" };

const LEDS = [0, 1, 2, 3, 4, 5, 6, 7] as const;

export class SimulatedBoard {
  readonly number: number;
  identity: BoardIdentity;
  firmware: Firmware = FIRMWARE;
  powered = false;
  /** How often it was powered on. */
  powerCycles = 0;
  /** Unix milliseconds of the last change of power, null before the first. */
  lastCycledAt: number | null = null;
  /** Bit l for LED l. */
  leds = 0;
  /** What its status shows instead of the usual values. */
  statusOverrides: Partial<BoardStatus> = {};
  /** Those in its settings, until somebody changes them there. */
  addresses = NO_ADDRESSES;
  #memory: BoardMemory | null = null;
  /** Unix milliseconds before which its FPGAs are not loaded. */
  #loadedAt = 0;
  /** Bit f: FPGA f waits for a bitfile. */
  #initialized = 0;
  /** Whether the line that resets the FPGAs is held. */
  #inReset = false;
  /** performance.now() since which it has been off; null while it is on, and before it ever was. */
  #offSinceMs: number | null = null;
  readonly #registers = new Map<number, Map<number, number>>();
  #shutdowns = 0;
  #wrongFpga: { readonly fpga: number; powerOns: number } | null = null;
  #wrongFpgaNow: number | null = null;
  #oddFpgaIds: FpgaIds | null = null;

  constructor(number: number, identity: BoardIdentity) {
    this.number = number;
    this.identity = identity;
  }

  /** From the next power-on on, and for so many power-ons, the FPGA shows a wrong number. */
  showWrongFpga(fpga: number, powerOns: number): void {
    this.#wrongFpga = { fpga, powerOns };
  }

  /** Its FPGAs show these ids, as with bitfiles of their own. */
  showFpgaIds(ids: FpgaIds): void {
    this.#oddFpgaIds = ids;
  }

  heal(): void {
    this.#oddFpgaIds = null;
    this.#wrongFpga = null;
    this.#wrongFpgaNow = null;
    this.statusOverrides = {};
  }

  /** How many more power-ons leave an FPGA with a wrong number; infinite for a bad board. */
  get badPowerOns(): number {
    return this.#wrongFpga?.powerOns ?? 0;
  }

  /** It protects itself: it goes off, and its status says so until it is powered on again. */
  shutDown(now: number, bits: number): void {
    this.powerOff(now);
    this.#shutdowns = bits;
  }

  /** For how long it has been off at that moment, performance.now(); null when it is on or never was. */
  offForMs(atMs: number): number | null {
    return this.#offSinceMs === null ? null : atMs - this.#offSinceMs;
  }

  /** @param loadMs how long its FPGAs take until they are loaded */
  powerOn(now: number, loadMs = 0): void {
    this.powered = true;
    this.#offSinceMs = null;
    this.#loadedAt = now + loadMs;
    this.#initialized = 0;
    this.#inReset = false;
    this.#shutdowns = 0;
    this.powerCycles++;
    this.lastCycledAt = now;
    this.#registers.clear();
    this.#wrongFpgaNow = null;
    if (this.#wrongFpga !== null && this.#wrongFpga.powerOns > 0) {
      this.#wrongFpga.powerOns--;
      this.#wrongFpgaNow = this.#wrongFpga.fpga;
    }
  }

  powerOff(now: number): void {
    if (this.powered) {
      this.lastCycledAt = now;
      this.#offSinceMs = performance.now();
    }
    this.powered = false;
    this.#registers.clear();
  }

  /** Of its controller; made when it is first asked for. */
  get memory(): BoardMemory {
    this.#memory ??= new BoardMemory(settingsEntries(this.addresses));
    this.#memory.write(STATUS_ADDRESS, encodeStatus(this.status));
    this.#memory.showPin(RESET_PIN_ADDRESS, this.#inReset ? RESET_PIN : 0);
    return this.#memory;
  }

  /** Its controller restarts with the BMP of the frame. */
  restartController(): void {
    this.leds = 0;
    this.#memory?.restart();
  }

  /** The FPGAs of that mask wait for a bitfile, until the next reset. */
  initializeFpgas(mask: number): void {
    this.#initialized |= mask;
  }

  /** All registers of the FPGAs have their first values again: links that were stopped are open. */
  resetFpgas(hold: boolean): void {
    this.#inReset = hold;
    this.#initialized = 0;
    this.#registers.clear();
  }

  #answers(fpga: number): boolean {
    const isLoaded = Date.now() >= this.#loadedAt && ((this.#initialized >>> fpga) & 1) === 0;
    return this.powered && isLoaded && !this.#inReset;
  }

  read(fpga: number, register: number): number {
    if (!this.#answers(fpga)) return ALL_ONES;
    if (register === FLAG_REGISTER) {
      const id = (this.#oddFpgaIds ?? this.identity.fpgaIds)[fpga] ?? fpga;
      const shown = this.#wrongFpgaNow === fpga ? (id + 1) & 0b11 : id;
      return FLAG_UPPER_BITS | shown;
    }
    return this.#registers.get(fpga)?.get(register) ?? firstValue(register);
  }

  write(fpga: number, register: number, value: number): void {
    const writable = writableBits(register);
    if (!this.#answers(fpga) || writable === 0) return;
    let registers = this.#registers.get(fpga);
    if (registers === undefined) {
      registers = new Map();
      this.#registers.set(fpga, registers);
    }
    registers.set(register, (value & writable) >>> 0);
  }

  /** Links whose STOP register is 1; none of a board that is off. */
  get stoppedLinks(): Link[] {
    return ALL_LINKS.filter((link) => {
      const { fpga, bank } = LINK_BANKS[link];
      return this.#answers(fpga) && (this.read(fpga, stopRegister(bank)) & 1) === 1;
    });
  }

  /** Two bits per LED: 0 leaves it as it is, 1 toggles it, 2 turns it off, 3 on. */
  setLeds(actions: number): void {
    for (const led of LEDS) {
      const action = (actions >>> (2 * led)) & 0b11;
      const bit = 1 << led;
      if (action === 1) this.leds ^= bit;
      if (action === 2) this.leds &= ~bit;
      if (action === 3) this.leds |= bit;
    }
  }

  get status(): BoardStatus {
    const supply = (volts: number) => (this.powered ? volts : 0);
    const temperature = this.powered ? 38.5 : 24.25;
    return {
      volts: {
        volts1v2c: supply(1.2),
        volts1v2b: supply(1.2),
        volts1v2a: supply(1.2),
        volts1v8: supply(1.8),
        volts3v3: supply(3.3),
        volts12: 12,
      },
      boardTemperatures: [temperature, temperature - 1.5, null, null],
      externalTemperatures: [null, null, null, null],
      fanSpeeds: [this.number === 0 ? 2400 : null, null, null, null],
      warnings: 0,
      shutdowns: this.#shutdowns,
      ...this.statusOverrides,
    };
  }
}
