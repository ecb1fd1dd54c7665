/** Where a simulated BMP may listen. */
import { lookup } from "node:dns/promises";
import ipaddr from "ipaddr.js";
import { SimulatorError } from "./error.js";
import { type FrameLayout, nameOf } from "./layout.js";

/**
 * The address of a BMP's host. Throws {@link SimulatorError} when it has none, or one that is not
 * of the loopback interface: others could be those of real BMPs.
 */
export async function addressOf(
  layout: FrameLayout,
  allowAnyAddress: boolean,
): Promise<{ readonly address: string; readonly family: 4 | 6 }> {
  const bmp = `BMP ${layout.host} of ${nameOf(layout)}`;
  const found = await lookup(layout.host, { verbatim: false }).catch((error: Error) => {
    throw new SimulatorError(`${bmp} has no address: ${error.message}`, { cause: error });
  });
  const { address, family } = found;
  if (!allowAnyAddress && ipaddr.parse(address).range() !== "loopback") {
    throw new SimulatorError(
      `${bmp} is at ${address}, which is no loopback address (127.0.0.0/8 or ::1). ` +
        "A simulated BMP there would pass for a real one; --allow-any-address permits it",
    );
  }
  return { address, family: family === 6 ? 6 : 4 };
}
