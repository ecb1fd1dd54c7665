/** What the system must give a server before it starts. */
import type { ConfigurationDescription } from "../../config/description.js";
import { tooFewFiles } from "./open-files.js";
import { tooFewThreads } from "./threads.js";

/** The message says what there is too little of, and what to raise. */
export class NeedsError extends Error {
  override readonly name = "NeedsError";

  constructor(
    readonly code: "TOO_FEW_FILES" | "TOO_FEW_THREADS",
    message: string,
  ) {
    super(message);
  }
}

/** What there is too little of, whatever the configuration says; to be asked before anything is opened or started. */
export function unmetNeed(): NeedsError | null {
  const files = tooFewFiles();
  if (files !== null) return new NeedsError("TOO_FEW_FILES", files);
  const threads = tooFewThreads();
  return threads === null ? null : new NeedsError("TOO_FEW_THREADS", threads);
}

/** @throws NeedsError when there are too few files for that configuration */
export function checkFiles(configuration: Pick<ConfigurationDescription, "machines">): void {
  const files = tooFewFiles(configuration);
  if (files !== null) throw new NeedsError("TOO_FEW_FILES", files);
}
