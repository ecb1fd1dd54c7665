import { returned } from "../answers/answer.js";
import { command } from "../requests/command.js";

/**
 * Version of the protocol, not of the program. Clients parse each part as an integer and accept
 * 1.0.0 up to, but not including, 2.0.0.
 */
const PROTOCOL_VERSION = "1.0.0";

export const version = command("version", {}, () => returned(JSON.stringify(PROTOCOL_VERSION)));
