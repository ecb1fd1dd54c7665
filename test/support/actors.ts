/** Who asks in tests. */
import type { ClientActor } from "../../src/engine/contract/actors.js";

export const HOST = "127.0.0.1";
export const CLIENT: ClientActor = { kind: "client", host: HOST };
