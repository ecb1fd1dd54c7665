/** Requests of simulated clients, and who looks on as they are served. */

import type { CommitMark } from "../../src/engine/contract/api.js";
import type { Answer } from "../../src/protocol/answers/answer.js";
import type { Changes } from "../../src/protocol/changes.js";
import type { Json, JsonObject } from "../../src/protocol/requests/json.js";

export interface Request {
  readonly command: string;
  readonly args?: readonly Json[];
  readonly kwargs?: JsonObject;
  /** What the client does with the returned value. */
  readonly returned?: (value: Json) => void;
}

/** Who looks on as clients are served. */
export interface ServerWitness {
  /** A request is about to be carried out. */
  asked(request: Request): void;
  /** The engine gave the answer; returns the commit it depends on. */
  answered(request: Request, answer: Answer): CommitMark;
  /** The answer goes to the client. */
  sent(request: Request, answer: Answer, needs: CommitMark): void;
  /** The client was gone before the answer could be sent, and the server has taken note. */
  lost(request: Request, answer: Answer): void;
  /** Watchers are told. */
  told(changes: Changes): void;
}
