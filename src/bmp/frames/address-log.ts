/**
 * What the host name of a BMP resolves to: logged once when that changes, once when it can no longer
 * be resolved, with the IP address that is used instead, and once when it can be again.
 */
import type { Log } from "../../engine/contract/log.js";
import type { ResolvedAddress } from "../exchange/address.js";
import { type Frame, nameOfFrame } from "./frame.js";

export class AddressLog {
  readonly #log: Log;
  #ip: string | null = null;
  /** Date.now() at which the name could no longer be resolved. */
  #unresolvedSince: number | null = null;

  constructor(log: Log) {
    this.#log = log;
  }

  report(frame: Frame, { ip, unresolved }: ResolvedAddress): void {
    const { bmpAddress: bmp } = frame;
    const fields = { bmp, ip };
    const frameName = nameOfFrame(frame);
    if (unresolved !== null) {
      if (this.#unresolvedSince !== null) return;
      this.#unresolvedSince = Date.now();
      this.#log.warn(
        fields,
        `${frameName}: the host name ${bmp} of its BMP can no longer be resolved: ${unresolved}; ` +
          `its last IP address, ${ip}, is used instead; check the name service`,
      );
      return;
    }
    if (this.#unresolvedSince !== null) {
      const seconds = Math.round((Date.now() - this.#unresolvedSince) / 1000);
      this.#unresolvedSince = null;
      this.#log.warn(
        fields,
        `${frameName}: the host name ${bmp} of its BMP can be resolved again, after ${seconds} s: to ${ip}`,
      );
    } else if (this.#ip !== null && this.#ip !== ip) {
      this.#log.warn(
        fields,
        `${frameName}: the host name ${bmp} of its BMP resolves to ${ip} now, before to ${this.#ip}`,
      );
    }
    this.#ip = ip;
  }
}
