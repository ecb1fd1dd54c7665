/** Why the simulator cannot do what it was asked, in words for whoever runs it. */
export class SimulatorError extends Error {
  override readonly name = "SimulatorError";
}
