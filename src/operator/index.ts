export type { BoardChoice } from "./arguments.js";
export { askServer } from "./client.js";
export { type QuarantineList, quarantineCommands } from "./quarantine.js";
export { type OperatorServer, startOperatorServer } from "./server.js";
export { OperatorError, operatorSocketPath } from "./wire.js";
