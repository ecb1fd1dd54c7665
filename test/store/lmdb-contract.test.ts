import { openLmdbStore } from "../../src/store/index.js";
import { describeStore } from "./contract.js";
import { takeAway } from "./open.js";
import { emptyDirectory, RecordingLog } from "./records.js";

for (const durable of ["disk", "relaxed"] as const) {
  describeStore(`the LMDB store (${durable})`, () => {
    const directory = emptyDirectory();
    return {
      open: (options) => openLmdbStore({ directory, durable, log: new RecordingLog(), ...options }),
      takeAway: () => takeAway(directory, durable),
    };
  });
}
