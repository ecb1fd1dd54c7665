export { askServer } from "./client.js";
export { excludedCommands } from "./excluded.js";
export { graceCommands } from "./grace.js";
export { quarantineCommands } from "./quarantine.js";
export type {
  BoardChoice,
  ListedBoard,
  ListedGraceJob,
  QuarantineList,
  Response,
} from "./schemas.js";
export { type OperatorServer, startOperatorServer } from "./server.js";
export { NoServerError, OperatorError, operatorSocketPath } from "./wire.js";
