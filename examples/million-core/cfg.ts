// A machine of 1200 boards and over a million cores: ten cabinets of five frames of 24 boards.
//
// The addresses are all on this computer's loopback, so that it runs against
// spalloc-bmp-simulator: 50 BMPs on 127.100.0.0, 127.100.1.0, …, 127.100.49.0.
import { boardLocationsFromSpinner, Configuration, Machine } from "spalloc-server";

export default new Configuration({
  ip: "127.0.0.1",
  machines: [
    Machine.withStandardIps({
      name: "million-core",
      tags: ["default", "large"],
      boardLocations: boardLocationsFromSpinner("spinner-1200.csv"),
      baseIp: "127.100.0.0",
    }),
  ],
  // Simulated boards are up at once and do not mind being switched often; real ones need the
  // defaults (5 and 30 seconds).
  secondsToSettle: 0.5,
  secondsBeforeFree: 2,
});
