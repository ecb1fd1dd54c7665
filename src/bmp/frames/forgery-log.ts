/** Says that somebody forges replies of a BMP: of each once in a while, however fast they come. */
import type { Log } from "../../engine/contract/log.js";

const QUIET_MS = 60_000;

/** To call with the IP address of the BMP. */
export function forgeryLog(log: Log): (ip: string) => void {
  const loggedMs = new Map<string, number>();
  return (ip) => {
    const nowMs = performance.now();
    if (nowMs - (loggedMs.get(ip) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return;
    loggedMs.set(ip, nowMs);
    log.warn(
      { ip },
      `BMP ${ip}: packets come from its address that look like its replies and answer nothing that it was sent. ` +
        "None was believed, and it is asked again from another port. Somebody may be forging its replies, or uses its address: find out who, and keep the network of the BMPs to this server",
    );
  };
}
