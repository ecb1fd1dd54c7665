export { startControl } from "./control.js";
export { SimulatorError } from "./error.js";
export { orderFaults } from "./fault-orders.js";
export type { PacketEntry } from "./packet-log.js";
export { Simulator, type SimulatorOptions, startSimulator } from "./simulator.js";
export type { BoardState, SimulatorState } from "./state.js";
