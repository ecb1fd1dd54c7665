/** The firmware of one BMP: what it does with a request, and what it answers. */

import type { BmpRequest } from "../bmp/wire/packet.js";
import { ReturnCode } from "../bmp/wire/return-codes.js";
import { encodeStatus } from "../bmp/wire/status.js";
import { encodeVersion } from "../bmp/wire/version.js";
import { type FramePosition, USUAL_FPGA_IDS } from "../domain/machine.js";
import { framePositionName, positionName } from "../domain/names.js";
import { type BoardIdentity, SimulatedBoard } from "./board.js";
import { FirmwareCommand, type FirmwareReply, InfoKind, ok, refused } from "./firmware/commands.js";
import { readRegisters, resetFpgas, writeRegisters } from "./firmware/fpgas.js";
import {
  accessSerialFlash,
  copyFlash,
  eraseFlash,
  readMemory,
  writeFlash,
  writeMemory,
} from "./firmware/memory-commands.js";
import { addressesPayload, type BoardAddresses, serialPayload } from "./firmware/settings.js";

/** How long the BMP takes for a request. */
export interface FrameTimes {
  readonly powerOnMs: number;
  readonly replyMs: number;
  /** Whether a power-on of boards other than 0 is answered before these are up. */
  readonly eagerReplies: boolean;
}

/** What a request comes to: how long it takes, and what is done and answered at the end of that. */
export interface PendingWork {
  readonly ms: number;
  readonly complete: () => FirmwareReply;
}

const BUFFER_BYTES = 256;
const BUILD_TIME = 1_438_000_000;
/** Boards that one CAN bus connects. */
const CAN_BOARDS = 24;

type BoardCommand = (board: SimulatedBoard, request: BmpRequest) => FirmwareReply;

/** What concerns a board and takes no longer than any other request. */
const BOARD_COMMANDS: ReadonlyMap<number, BoardCommand> = new Map([
  [FirmwareCommand.read, ({ memory }, request) => readMemory(memory, request)],
  [FirmwareCommand.write, ({ memory }, request) => writeMemory(memory, request)],
  [FirmwareCommand.flashErase, ({ memory }, request) => eraseFlash(memory, request)],
  [FirmwareCommand.flashWrite, ({ memory }, request) => writeFlash(memory, request)],
  [FirmwareCommand.flashCopy, ({ memory }, request) => copyFlash(memory, request)],
  [FirmwareCommand.serialFlash, ({ memory }, request) => accessSerialFlash(memory, request)],
  [FirmwareCommand.fpgaRead, forFirmwareWithFpgaAccess(readRegisters)],
  [FirmwareCommand.fpgaWrite, forFirmwareWithFpgaAccess(writeRegisters)],
  [FirmwareCommand.fpgaReset, forFirmwareWithFpgaAccess(resetFpgas)],
]);

export class SimulatedFrame {
  position: FramePosition;
  /** How long any request but a power-on takes while the BMP is slow; null: as long as it should. */
  slowReplyMs: number | null = null;
  /** For which a board has to stay off before it is powered on again. */
  pauseMs = 0;
  /** How often a board was powered on before that. */
  shortPauses = 0;
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
  putBoard(number: number, identity: BoardIdentity, addresses: BoardAddresses): void {
    const board = this.#boards.get(number) ?? new SimulatedBoard(number, identity);
    this.#boards.set(number, board);
    board.identity = identity;
    board.addresses = addresses;
  }

  /** The BMP restarts; its boards may lose their power with it. */
  restart(powerOff: boolean): void {
    for (const board of this.#boards.values()) {
      board.restartController();
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
      case FirmwareCommand.version:
        return this.#reply(() => ok(this.#version(board)));
      case FirmwareCommand.power:
        return this.#power(request);
      case FirmwareCommand.led:
        return this.#leds(request);
      case FirmwareCommand.info:
        return this.#reply(() => this.#info(board ?? ABSENT, request));
    }
    const command = BOARD_COMMANDS.get(request.command);
    if (command === undefined) return this.#refuse(ReturnCode.unknownCommand);
    if (board === undefined) return this.#refuse(ReturnCode.noRoute);
    return this.#reply(() => command(board, request));
  }

  #power({ board, args: [arg1, mask] }: BmpRequest): PendingWork {
    const state = arg1 & 0xffff;
    if (board !== 0 || state > 1) return this.#refuse(ReturnCode.badArgument);
    const boards = this.#masked(mask);
    if (boards === null) return this.#refuse(ReturnCode.noRoute);
    const pausesMs = (arg1 >>> 16) * Math.max(0, boards.length - 1);
    if (state === 0) {
      return this.#reply(() => {
        for (const each of boards) each.powerOff(Date.now());
        return ok();
      }, pausesMs + this.replyMs);
    }
    const { powerOnMs, eagerReplies } = this.#times;
    const isEager = eagerReplies && !boards.some(({ number }) => number === 0);
    const begunMs = performance.now();
    return this.#reply(
      () => {
        this.#countShortPauses(boards, begunMs);
        for (const each of boards) each.powerOn(Date.now(), isEager ? powerOnMs : 0);
        return ok();
      },
      pausesMs + (isEager ? this.replyMs : powerOnMs),
    );
  }

  /** Counts boards that had not been off for the pause when their power-on began. */
  #countShortPauses(boards: readonly SimulatedBoard[], begunMs: number): void {
    for (const board of boards) {
      const offForMs = board.offForMs(begunMs);
      if (offForMs !== null && offForMs < this.pauseMs) this.shortPauses++;
    }
  }

  #leds({ args: [actions, mask] }: BmpRequest): PendingWork {
    const boards = this.#masked(mask);
    if (boards === null) return this.#refuse(ReturnCode.noRoute);
    return this.#reply(() => {
      for (const each of boards) each.setLeds(actions);
      return ok();
    });
  }

  #info(board: SimulatedBoard, { args: [kind] }: BmpRequest): FirmwareReply {
    switch (kind) {
      case InfoKind.serial:
        return ok(serialPayload(positionName([...this.position, board.number])));
      case InfoKind.canStatus:
        return ok(Buffer.from(Array.from({ length: CAN_BOARDS }, (_, n) => this.#isOnBus(n))));
      case InfoKind.status:
        return ok(encodeStatus(board.status));
      case InfoKind.ipAddresses:
        return ok(addressesPayload(board.addresses));
      default:
        return refused(ReturnCode.badArgument);
    }
  }

  /** 1 for a board that answers on the CAN bus, as the one that was reached always does; otherwise 0. */
  #isOnBus(number: number): number {
    return number === 0 || this.#boards.has(number) ? 1 : 0;
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

  #reply(complete: () => FirmwareReply, ms = this.replyMs): PendingWork {
    return { ms, complete };
  }

  #refuse(returnCode: ReturnCode): PendingWork {
    return this.#reply(() => refused(returnCode));
  }
}

/** Earlier firmware does not know those commands. */
function forFirmwareWithFpgaAccess(command: BoardCommand): BoardCommand {
  return (board, request) =>
    board.firmware.major < 2 ? refused(ReturnCode.unknownCommand) : command(board, request);
}

/** Board 0 of a frame in which the configuration does not use it. */
const ABSENT = new SimulatedBoard(0, {
  machine: "",
  board: [0, 0, 0],
  fpgaIds: USUAL_FPGA_IDS,
});
