/** Commands for tests of how they are asked for. */
import type { OperatorCommands } from "../../src/operator/dispatch.js";

export const commandsThatAnswer: OperatorCommands = {
  "quarantine.list": () => ({ boards: [], silentBmps: [], suspectBmps: [] }),
  "quarantine.add": ({ boards }) => ({ boards: boards.length }),
  "quarantine.release": ({ boards }) => ({ boards: boards.length, notQuarantined: [] }),
  "quarantine.drop": ({ boards }) => ({ boards: boards.length }),
  "grace.list": () => ({ jobs: [] }),
  "state.drop": ({ numbers }) => ({ dropped: (numbers ?? []).length }),
  "grace.end": ({ jobs }) => ({ jobs: jobs ?? [] }),
};
