/** Connections to one BMP, each for the length of some work, with the BMP to itself. */
import { Bmp, type BmpPace } from "../exchange/bmp.js";
import { AddressLog } from "./address-log.js";
import type { Frame } from "./frame.js";
import type { FrameContext } from "./frame-context.js";
import { Pace } from "./pace.js";

export class BmpSession {
  readonly #bmpAddress: string;
  readonly #context: FrameContext;
  readonly #pace: Pace;
  readonly #addressLog: AddressLog;

  constructor(bmpAddress: string, context: FrameContext) {
    this.#bmpAddress = bmpAddress;
    this.#context = context;
    this.#pace = new Pace(context.log, context.times.slowMs);
    this.#addressLog = new AddressLog(context.log);
  }

  /**
   * Throws BmpError when the address cannot be resolved or reached, and what the work throws. What this
   * computer itself lacks is waited for.
   * @param keepTrying whether to go on asking when no reply comes; yes when left out
   */
  async run<Result>(
    frame: Frame,
    work: (bmp: Bmp) => Promise<Result>,
    keepTrying?: () => boolean,
  ): Promise<Result> {
    const { addresses, connections, times } = this.#context;
    const address = await connections.lacks.retrying(this.#bmpAddress, () =>
      addresses.resolve(this.#bmpAddress),
    );
    this.#addressLog.report(frame, address);
    return connections.run(address, (connection) =>
      work(new Bmp(connection, times, this.#paceFor(frame), keepTrying)),
    );
  }

  #paceFor(frame: Frame): BmpPace {
    const { replyMs } = this.#context;
    return {
      patienceMs: () => this.#pace.patienceMs(replyMs()),
      note: (tookMs) => this.#pace.note(frame, tookMs, replyMs()),
    };
  }
}
