/** The firmware of one BMP: what it does with a request, and what it answers. */

import { CommandCode, INFO_STATUS } from "../bmp/wire/commands.js";
import { type BmpRequest, NO_DATA } from "../bmp/wire/packet.js";
import { ReturnCode } from "../bmp/wire/return-codes.js";
import { encodeStatus } from "../bmp/wire/status.js";
import { encodeVersion } from "../bmp/wire/version.js";
import type { FramePosition } from "../domain/machine.js";
import { framePositionName } from "../domain/names.js";
import { type BoardIdentity, SimulatedBoard } from "./board.js";

/** How long the BMP takes for a request. */
export interface FrameTimes {
  readonly powerOnMs: number;
  readonly replyMs: number;
}

interface FirmwareReply {
  readonly returnCode: number;
  readonly payload: Buffer;
}

/** What a request comes to: how long it takes, and what is done and answered at the end of that. */
export interface PendingWork {
  readonly ms: number;
  readonly complete: () => FirmwareReply;
}

const BUFFER_BYTES = 256;
const BUILD_TIME = 1_438_000_000;
const FPGA_WORD_BYTES = 4;
const FPGA_COUNT = 3;
/** Register addresses an FPGA decodes. */
const REGISTER_LIMIT = 0x100000;

export class SimulatedFrame {
  position: FramePosition;
  /** How long any request but a power-on takes while the BMP is slow; null: as long as it should. */
  slowReplyMs: number | null = null;
  readonly #boards = new Map<number, SimulatedBoard>();
  readonly #times: FrameTimes;

  constructor(position: FramePosition, times: FrameTimes) {
    this.position = position;
    this.#times = times;
  }

  /** How long any request but a power-on takes. */
  get replyMs(): number {
    return this.slowReplyMs ?? this.#times.replyMs;
  }

  /** Ascending by their number. */
  get boards(): readonly SimulatedBoard[] {
    return [...this.#boards.values()].sort((a, b) => a.number - b.number);
  }

  /** The board with that number; throws when there is none. */
  board(number: number): SimulatedBoard {
    const board = this.#boards.get(number);
    if (board === undefined)
      throw new Error(`there is no board ${number} in ${framePositionName(this.position)}`);
    return board;
  }

  /** Adds a board, or gives the one with that number another identity; it keeps its state. */
  putBoard(number: number, identity: BoardIdentity): void {
    const board = this.#boards.get(number);
    if (board === undefined) this.#boards.set(number, new SimulatedBoard(number, identity));
    else board.identity = identity;
  }

  /** The BMP restarts; its boards may lose their power with it. */
  restart(powerOff: boolean): void {
    for (const board of this.#boards.values()) {
      board.leds = 0;
      if (powerOff) board.powerOff(Date.now());
    }
  }

  /** @param port port bits of the destination */
  work(request: BmpRequest, port: number): PendingWork {
    if (port !== 0) return this.#refuse(ReturnCode.badPort);
    // Board 0 is the BMP that was reached, whether or not the configuration uses its board.
    const board = this.#boards.get(request.board);
    if (board === undefined && request.board !== 0) return this.#refuse(ReturnCode.noRoute);
    switch (request.command) {
      case CommandCode.version:
        return this.#reply(() => this.#version(board));
      case CommandCode.power:
        return this.#power(request);
      case CommandCode.led:
        return this.#leds(request);
      case CommandCode.info:
        if (request.args[0] !== INFO_STATUS) return this.#refuse(ReturnCode.badArgument);
        return this.#reply(() => encodeStatus((board ?? ABSENT).status));
      case CommandCode.fpgaRead:
      case CommandCode.fpgaWrite:
        if (board === undefined) return this.#refuse(ReturnCode.noRoute);
        return this.#fpga(board, request);
      default:
        return this.#refuse(ReturnCode.unknownCommand);
    }
  }

  #power({ board, args: [arg1, mask] }: BmpRequest): PendingWork {
    const state = arg1 & 0xffff;
    if (board !== 0 || state > 1) return this.#refuse(ReturnCode.badArgument);
    const boards = this.#masked(mask);
    if (boards === null) return this.#refuse(ReturnCode.noRoute);
    const pausesMs = (arg1 >>> 16) * Math.max(0, boards.length - 1);
    const ms = pausesMs + (state === 1 ? this.#times.powerOnMs : this.replyMs);
    return this.#reply(() => {
      const now = Date.now();
      for (const each of boards) {
        if (state === 1) each.powerOn(now);
        else each.powerOff(now);
      }
      return NO_DATA;
    }, ms);
  }

  #leds({ args: [actions, mask] }: BmpRequest): PendingWork {
    const boards = this.#masked(mask);
    if (boards === null) return this.#refuse(ReturnCode.noRoute);
    return this.#reply(() => {
      for (const each of boards) each.setLeds(actions);
      return NO_DATA;
    });
  }

  #fpga(board: SimulatedBoard, { command, args, data }: BmpRequest): PendingWork {
    const [register, bytes, fpga] = args;
    if (board.firmware.major < 2) return this.#refuse(ReturnCode.unknownCommand);
    const valid =
      register % FPGA_WORD_BYTES === 0 &&
      register < REGISTER_LIMIT &&
      bytes === FPGA_WORD_BYTES &&
      fpga < FPGA_COUNT;
    if (!valid) return this.#refuse(ReturnCode.badArgument);
    if (command === CommandCode.fpgaRead) {
      return this.#reply(() => {
        const word = Buffer.alloc(FPGA_WORD_BYTES);
        word.writeUInt32LE(board.read(fpga, register) >>> 0);
        return word;
      });
    }
    if (data.length !== FPGA_WORD_BYTES) return this.#refuse(ReturnCode.badLength);
    return this.#reply(() => {
      board.write(fpga, register, data.readUInt32LE(0));
      return NO_DATA;
    });
  }

  #version(board: SimulatedBoard | undefined): Buffer {
    const { number, firmware } = board ?? ABSENT;
    return encodeVersion({
      board: number,
      canId: number,
      frame: this.position[1] & 0xff,
      codeBlock: 0,
      bufferBytes: BUFFER_BYTES,
      buildTime: BUILD_TIME,
      name: "BC&MP/Spin5-BMP",
      ...firmware,
    });
  }

  /** The boards of a mask, or null when one of them is not in the frame. */
  #masked(mask: number): SimulatedBoard[] | null {
    const boards: SimulatedBoard[] = [];
    for (let number = 0; number < 32; number++) {
      if (((mask >>> number) & 1) === 0) continue;
      const board = this.#boards.get(number);
      if (board === undefined) return null;
      boards.push(board);
    }
    return boards;
  }

  #reply(payload: () => Buffer, ms = this.replyMs): PendingWork {
    return { ms, complete: () => ({ returnCode: ReturnCode.ok, payload: payload() }) };
  }

  #refuse(returnCode: number): PendingWork {
    return { ms: this.replyMs, complete: () => ({ returnCode, payload: NO_DATA }) };
  }
}

/** Board 0 of a frame in which the configuration does not use it. */
const ABSENT = new SimulatedBoard(0, { machine: "", board: [0, 0, 0] });
