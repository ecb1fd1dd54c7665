/** What may go wrong between a client and the server. */

/** The server answered with an exception; the message is its text. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";

  constructor(
    readonly command: string,
    text: string,
  ) {
    super(text);
  }
}

/** There is no server there, or there is none any more. */
export class NoServerError extends Error {
  override readonly name = "NoServerError";
}

/** The job has ended, or the server does not know it. */
export class JobEndedError extends Error {
  override readonly name = "JobEndedError";

  constructor(
    readonly jobId: number,
    /** As the server tells it; null when none was given. */
    readonly reason: string | null,
  ) {
    super(`job ${jobId} has ended: ${reason ?? "no reason was given"}`);
  }
}
