/** Who asks for a change. Every call that changes something carries it, and every event tells it. */

/** A client of the line protocol, by the address that it calls from. */
export interface ClientActor {
  readonly kind: "client";
  readonly host: string;
}

export type Actor =
  | ClientActor
  /** Somebody at the operator's socket. */
  | { readonly kind: "operator"; readonly user: string | null }
  /** The server itself: a keepalive that is over, a board that failed, a configuration. */
  | { readonly kind: "server" };

export const SERVER: Actor = { kind: "server" };

/** An operator of whom no more is known: who sends a signal, or is at the other end of the socket. */
export const OPERATOR: Actor = { kind: "operator", user: null };

/** The host that an actor calls from; null for one that calls from nowhere. */
export function hostOf(actor: Actor): string | null {
  return actor.kind === "client" ? actor.host : null;
}

/** The actor for a person: "client 10.0.0.7", "an operator", "the server". */
export function actorText(actor: Actor): string {
  switch (actor.kind) {
    case "client":
      return `client ${actor.host}`;
    case "operator":
      return actor.user === null ? "an operator" : `operator ${actor.user}`;
    case "server":
      return "the server";
  }
}
