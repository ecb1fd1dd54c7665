/** Who asks in tests. */
import type { Actor, ClientActor } from "../../src/engine/contract/actors.js";

export const HOST = "127.0.0.1";
export const CLIENT: ClientActor = { kind: "client", host: HOST };
export const OPERATOR: Actor = { kind: "operator", user: null };
