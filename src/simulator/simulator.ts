/**
 * Answers for every BMP that a configuration names, on real UDP sockets.
 *
 * A reload adds the BMPs and boards that are new and keeps the state of the others; none is removed,
 * since the boards of a machine that left the configuration are still to be powered off.
 */

import { BMP_PORT } from "../bmp/wire/packet.js";
import type { ConfigurationDescription } from "../config/description.js";
import { resolveAddress } from "./address.js";
import type { SimulatedBoard } from "./board.js";
import { BmpEndpoint } from "./endpoint.js";
import { SimulatorError } from "./error.js";
import { Faults } from "./faults.js";
import { type FrameTimes, SimulatedFrame } from "./frame.js";
import { type FrameLayout, frameLayouts, nameOf } from "./layout.js";
import { PacketLog } from "./packet-log.js";
import { seededRandom, seedFor } from "./random.js";
import { type SimulatorState, simulatorState } from "./state.js";

export interface SimulatorOptions extends Partial<FrameTimes> {
  /** UDP port of all BMPs; default 17893. */
  readonly port?: number;
  /** Seed of all chance in the faults; default 1. */
  readonly seed?: number;
  /**
   * For which a board has to stay off before it is powered on again: what comes sooner is counted.
   * Default: `secondsBeforeFree` of the configuration.
   */
  readonly pauseMs?: number;
  /** Listen on addresses that are not loopback addresses, too. */
  readonly allowAnyAddress?: boolean;
  /** Packets that are remembered; default 20,000. */
  readonly packetLog?: number;
}

export class Simulator {
  readonly packets: PacketLog;
  readonly seed: number;
  readonly #port: number;
  readonly #allowAnyAddress: boolean;
  readonly #times: FrameTimes;
  readonly #pauseMs: number | undefined;
  /** By address as configured. */
  readonly #bmps = new Map<string, BmpEndpoint>();

  constructor({
    port = BMP_PORT,
    seed = 1,
    allowAnyAddress = false,
    powerOnMs = 0,
    replyMs = 0,
    eagerReplies = false,
    pauseMs,
    packetLog = 20_000,
  }: SimulatorOptions) {
    this.packets = new PacketLog(packetLog);
    this.#port = port;
    this.seed = seed;
    this.#allowAnyAddress = allowAnyAddress;
    this.#times = { powerOnMs, replyMs, eagerReplies };
    this.#pauseMs = pauseMs;
  }

  get bmpCount(): number {
    return this.#bmps.size;
  }

  get bmps(): Iterable<BmpEndpoint> {
    return this.#bmps.values();
  }

  get boardCount(): number {
    let boards = 0;
    for (const { frame } of this.#bmps.values()) boards += frame.boards.length;
    return boards;
  }

  /** The BMP with that address, as configured. Throws {@link SimulatorError} when there is none. */
  bmp(bmpAddress: string): BmpEndpoint {
    const bmp = this.#bmps.get(bmpAddress);
    if (bmp === undefined) throw new SimulatorError(`the configuration has no BMP ${bmpAddress}`);
    return bmp;
  }

  board(bmpAddress: string, number: number): SimulatedBoard {
    return this.bmp(bmpAddress).frame.board(number);
  }

  state(): SimulatorState {
    return simulatorState(this.seed, this.#bmps.values());
  }

  /**
   * Adds what is new in the configuration. Throws {@link SimulatorError}, with nothing changed, when
   * one of its BMPs cannot be simulated.
   */
  async apply(configuration: ConfigurationDescription): Promise<void> {
    const layouts = frameLayouts(configuration);
    const isNew = ({ bmpAddress }: FrameLayout) => !this.#bmps.has(bmpAddress);
    const opened = await Promise.allSettled(layouts.filter(isNew).map((each) => this.#open(each)));
    const failed = opened.find((result) => result.status === "rejected");
    const added = opened.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
    if (failed !== undefined) {
      await Promise.all(added.map((bmp) => bmp.close()));
      throw failed.reason;
    }
    for (const bmp of added) this.#bmps.set(bmp.endpoint.bmpAddress, bmp);
    for (const { bmpAddress, position, boards } of layouts) {
      const { frame, endpoint } = this.bmp(bmpAddress);
      frame.position = position;
      frame.pauseMs = this.#pauseMs ?? configuration.secondsBeforeFree * 1000;
      for (const { number, identity, spinnakerAddress } of boards) {
        // Only the BMP of board 0 is on the network.
        const bmp = number === 0 ? endpoint.ip : "";
        frame.putBoard(number, identity, { bmp, spinnaker: spinnakerAddress });
      }
    }
  }

  async close(): Promise<void> {
    const bmps = [...this.#bmps.values()];
    this.#bmps.clear();
    await Promise.all(bmps.map((bmp) => bmp.close()));
  }

  async #open(layout: FrameLayout): Promise<BmpEndpoint> {
    const { bmpAddress, position } = layout;
    const resolved = await resolveAddress(layout, this.#allowAnyAddress);
    const bmp = new BmpEndpoint(
      { bmpAddress, ...resolved, port: this.#port },
      new SimulatedFrame(position, this.#times),
      new Faults(seededRandom(seedFor(this.seed, bmpAddress))),
      this.packets,
    );
    try {
      await bmp.listen();
    } catch (error) {
      throw new SimulatorError(
        `cannot listen on ${resolved.ip}, UDP port ${this.#port}, for the BMP of ` +
          `${nameOf(layout)}: ${reasonOf(error)}`,
        { cause: error },
      );
    }
    return bmp;
  }
}

/** Starts a simulator of all BMPs of the configuration. Throws {@link SimulatorError}. */
export async function startSimulator(
  configuration: ConfigurationDescription,
  options: SimulatorOptions = {},
): Promise<Simulator> {
  const simulator = new Simulator(options);
  await simulator.apply(configuration);
  return simulator;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? error.code : null;
  if (code === "EADDRINUSE") return "the port is in use there, perhaps by another simulator";
  if (code === "EADDRNOTAVAIL") return "this computer has no such address";
  if (code === "EMFILE") return "too many open files; raise the limit (ulimit -n)";
  return error.message;
}
