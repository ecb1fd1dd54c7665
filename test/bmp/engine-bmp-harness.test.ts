/** The harness itself: what one test leaves behind must not be a second client of the BMPs of the next. */

import { afterEach, expect, it } from "vitest";
import { type Simulator, startSimulator } from "../../src/simulator/index.js";
import { CLIENT } from "../support/actors.js";
import { EngineBmpHarness } from "./engine-bmp-harness.js";
import { bmpAddress, machineOf, TEST_PORT } from "./fixtures.js";

const NETWORK = 13;
const BMP = bmpAddress(NETWORK, 0);

let next: Simulator | null = null;
afterEach(() => next?.close());

it("once closed, sends nothing, although boards were about to be tested", async () => {
  const machine = machineOf(NETWORK, { width: 1, height: 1 });
  const configuration = { secondsBetweenSelfTests: 0.05, secondsBetweenHealthChecks: 0.05 };
  const world = await EngineBmpHarness.start(machine, { configuration });
  world.simulator.board(BMP, 1).showWrongFpga(0, Number.POSITIVE_INFINITY);
  const id = await world.create(3);
  await world.until(() => world.quarantinedBoards.length > 0);
  // In the middle of a power-off and with a self-test to come.
  world.engine.destroy(id, null, CLIENT);
  await world.close();

  next = await startSimulator(world.configuration, { port: TEST_PORT });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(next.bmp(BMP).received).toBe(0);
});
