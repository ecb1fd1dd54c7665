/** The fixture itself: what one test leaves behind must not be a second client of the next one's BMPs. */

import { afterEach, expect, it } from "vitest";
import { type Simulator, startSimulator } from "../../src/simulator/index.js";
import { CLIENT } from "../support/actors.js";
import { bmpHost, machineOf, TEST_PORT } from "./fixtures.js";
import { BmpModel } from "./small-world.js";

const NETWORK = 13;
const HOST = bmpHost(NETWORK, 0);

let next: Simulator | null = null;
afterEach(() => next?.close());

it("a world that is over sends nothing, though boards were about to be tested", async () => {
  const machine = machineOf(NETWORK, { width: 1, height: 1 });
  const configuration = { secondsBetweenSelfTests: 0.05, secondsBetweenHealthChecks: 0.05 };
  const world = await BmpModel.start(machine, { configuration });
  world.simulator.board(HOST, 1).failFlag(0, Number.POSITIVE_INFINITY);
  const id = await world.create(3);
  await world.until(() => world.setAside.length > 0);
  // In the middle of a power-off and with a self-test to come.
  world.engine.destroy(id, null, CLIENT);
  await world.close();

  next = await startSimulator(world.configuration, { port: TEST_PORT });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(next.bmp(HOST).received).toBe(0);
});
