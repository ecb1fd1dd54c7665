export type { BoardChoice } from "./arguments.js";
export { askServer } from "./client.js";
export { type QuarantineList, quarantineCommands } from "./quarantine.js";
export { type AdminServer, startAdmin } from "./server.js";
export { AdminError, adminSocket } from "./wire.js";
