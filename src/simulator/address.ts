/** The IP address on which a simulated BMP listens. */
import { lookup } from "node:dns/promises";
import ipaddr from "ipaddr.js";
import { SimulatorError } from "./error.js";
import { type FrameLayout, nameOf } from "./layout.js";

/**
 * Resolves the address of a BMP. Throws {@link SimulatorError} when that fails, or when it is not a
 * loopback address: others could be those of real BMPs.
 */
export async function resolveAddress(
  layout: FrameLayout,
  allowAnyAddress: boolean,
): Promise<{ readonly ip: string; readonly family: 4 | 6 }> {
  const bmp = `BMP ${layout.bmpAddress} of ${nameOf(layout)}`;
  const found = await lookup(layout.bmpAddress, { verbatim: false }).catch((error: Error) => {
    throw new SimulatorError(`${bmp}: its host name could not be resolved: ${error.message}`, {
      cause: error,
    });
  });
  const { address, family } = found;
  if (!allowAnyAddress && ipaddr.parse(address).range() !== "loopback") {
    throw new SimulatorError(
      `${bmp} is at ${address}, which is not a loopback address (127.0.0.0/8 or ::1). ` +
        "A simulated BMP there could be taken for a real one; --allow-any-address permits it",
    );
  }
  return { ip: address, family: family === 6 ? 6 : 4 };
}
