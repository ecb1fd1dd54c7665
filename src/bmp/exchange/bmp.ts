/** The commands of one BMP as calls; each is a transaction of its own. All throw BmpError. */
import type { Link } from "../../domain/links.js";
import { TRIES_OF_PACKET } from "../retry-limits.js";
import type { ExchangeTimes } from "../times.js";
import {
  fpgaReadCommand,
  fpgaWriteCommand,
  powerCommand,
  statusCommand,
  versionCommand,
} from "../wire/commands.js";
import { FLAG_REGISTER, LINK_BANKS, stopRegister } from "../wire/fpga.js";
import type { BmpCommand } from "../wire/packet.js";
import { ReturnCode } from "../wire/return-codes.js";
import { type BoardStatus, decodeStatus } from "../wire/status.js";
import { type BoardVersion, decodeVersion } from "../wire/version.js";
import type { BmpConnection } from "./connection.js";
import { asBmpError, BmpError } from "./errors.js";
import { noReply, transact } from "./transaction.js";

/** How long its replies may take, and took. */
export interface BmpPace {
  /** For the reply to anything but a power-on. */
  patienceMs(): number;
  /** Notes how long such a reply took. */
  note(tookMs: number): void;
}

export class Bmp {
  readonly #connection: BmpConnection;
  readonly #times: ExchangeTimes;
  readonly #pace: BmpPace;
  readonly #keepTrying: () => boolean;
  /** The power-on to whose reply nobody listened long enough. */
  #unansweredPowerOn: BmpCommand | null = null;

  /** @param keepTrying whether to go on asking when no reply comes */
  constructor(
    connection: BmpConnection,
    times: ExchangeTimes,
    pace: BmpPace,
    keepTrying = () => true,
  ) {
    this.#connection = connection;
    this.#times = times;
    this.#pace = pace;
    this.#keepTrying = keepTrying;
  }

  async version(board: number): Promise<BoardVersion> {
    const version = decodeVersion(await this.#idempotent(versionCommand(board)));
    if (version === null) throw new BmpError("malformed", "a version reply without a version");
    return version;
  }

  /** The FLAG register of an FPGA. */
  async flag(board: number, fpga: number): Promise<number> {
    const payload = await this.#idempotent(fpgaReadCommand(board, fpga, FLAG_REGISTER));
    return payload.readUInt32LE(0);
  }

  /** Makes a link of a board send nothing, until the board is powered on again. */
  async stopLink(board: number, link: Link): Promise<void> {
    const { fpga, bank } = LINK_BANKS[link];
    await this.#idempotent(fpgaWriteCommand(board, fpga, stopRegister(bank), 1));
  }

  /** Sent once only: a second power-on would reset boards that the first has brought up. */
  async powerOn(boards: readonly number[], timeoutMs: number): Promise<void> {
    const { pauseMs } = this.#times;
    const command = powerCommand(true, boards);
    this.#unansweredPowerOn = command;
    await transact(this.#connection, command, { timeoutMs, pauseMs, tries: 1 });
    this.#unansweredPowerOn = null;
  }

  /**
   * When the last power-on was one of these boards and had no reply in time, but has one by now, and
   * it is ok: how long that took. Otherwise null.
   */
  latePowerOnMs(boards: readonly number[]): number | null {
    const command = this.#unansweredPowerOn;
    if (command === null || command.args[1] !== powerCommand(true, boards).args[1]) return null;
    const answer = this.#connection.answerTo(command);
    if (answer === null || answer.reply === null) return null;
    return answer.reply.returnCode === ReturnCode.ok ? answer.tookMs : null;
  }

  async powerOff(boards: readonly number[]): Promise<void> {
    await this.#idempotent(powerCommand(false, boards));
  }

  /** Whether a link of a board was stopped since it was powered on. */
  async isLinkStopped(board: number, link: Link): Promise<boolean> {
    const { fpga, bank } = LINK_BANKS[link];
    const payload = await this.#idempotent(fpgaReadCommand(board, fpga, stopRegister(bank)));
    return payload.readUInt32LE(0) === 1;
  }

  async status(board: number): Promise<BoardStatus> {
    const status = decodeStatus(await this.#idempotent(statusCommand(board)));
    if (status === null) throw new BmpError("malformed", "a status reply that is too short");
    return status;
  }

  /** Throws BmpError when the BMP is silent. Any reply will do. */
  async ensureAnswering(): Promise<void> {
    try {
      await this.#idempotent(versionCommand(0));
    } catch (error) {
      const failure = asBmpError(error);
      if (failure.isSilence) throw failure;
    }
  }

  /**
   * Throws BmpError when the BMP does not answer the one packet that is sent. Any reply will do.
   * @param listenMs may be longer than a BMP works on a packet, so that a slow one is heard
   */
  async ping(listenMs: number): Promise<void> {
    const patienceMs = this.#pace.patienceMs();
    const answer = await this.#connection.send(versionCommand(0), patienceMs, listenMs);
    if (answer.reply === null) throw noReply(1, listenMs, answer.error);
    this.#pace.note(answer.tookMs);
  }

  /** Ends {@link ping} early, as if no reply had come. */
  stopListening(): void {
    this.#connection.stopListening();
  }

  #idempotent(command: BmpCommand): Promise<Buffer> {
    return transact(this.#connection, command, {
      timeoutMs: this.#pace.patienceMs(),
      pauseMs: this.#times.pauseMs,
      tries: TRIES_OF_PACKET,
      keepTrying: this.#keepTrying,
      onReply: (tookMs) => this.#pace.note(tookMs),
    });
  }
}
