/** Why a BMP did not do what it was asked. */

export type BmpErrorKind =
  /** Its host name cannot be resolved, no socket can be opened to it, or packets do not get there. */
  | "unreachable"
  /** No reply, however often it was asked. */
  | "unanswered"
  /** A reply with a return code other than ok. */
  | "refused"
  /** A reply that makes no sense. */
  | "malformed";

export class BmpError extends Error {
  override readonly name = "BmpError";
  readonly kind: BmpErrorKind;

  constructor(kind: BmpErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }

  /** Whether the BMP itself, rather than one board of its frame, is what failed. */
  get isSilence(): boolean {
    return this.kind === "unreachable" || this.kind === "unanswered";
  }
}

/** The error as a {@link BmpError}; anything else is a mistake in the program and is thrown on. */
export function asBmpError(error: unknown): BmpError {
  if (error instanceof BmpError) return error;
  throw error;
}
