export { startControl } from "./control.js";
export { SimulatorError } from "./error.js";
export { injectFaults } from "./fault-injection.js";
export type { PacketEntry } from "./packet-log.js";
export { Simulator, type SimulatorOptions, startSimulator } from "./simulator.js";
export type { BoardState, SimulatorState } from "./state.js";
