/** Where this server differs from the recorded one on purpose. Each with its reason, once. */
import type { JsonObject } from "../../../src/protocol/requests/json.js";

interface AllowedDifference {
  readonly reason: string;
  /** Whether the request is one that was granted there and is refused here. */
  readonly isRefused: (request: JsonObject) => boolean;
}

const kwarg = ({ kwargs }: JsonObject, name: string) => (kwargs as JsonObject | undefined)?.[name];
const firstArg = ({ args }: JsonObject) => (Array.isArray(args) ? args[0] : undefined);

/** Requests that are an exception here. */
export const REFUSED_HERE: readonly AllowedDifference[] = [
  {
    reason: "a truth value is no number of boards and no number of seconds",
    isRefused: (request) =>
      firstArg(request) === true || typeof kwarg(request, "keepalive") === "boolean",
  },
  {
    reason: "a text is no number of seconds, even if it is made of digits",
    isRefused: (request) => kwarg(request, "keepalive") === "12",
  },
  {
    reason: "an object is no list of tags",
    isRefused: (request) => {
      const tags = kwarg(request, "tags");
      return typeof tags === "object" && tags !== null && !Array.isArray(tags);
    },
  },
  {
    reason: "a text is no list of tags: there it was taken for the list of its letters",
    isRefused: (request) => typeof kwarg(request, "tags") === "string",
  },
  {
    reason: "there are no halves of boards: granting them corrupted the allocation there",
    isRefused: (request) => firstArg(request) === 2.5,
  },
];

/** Requests that were an exception there and are granted here. */
export const GRANTED_HERE: readonly {
  readonly reason: string;
  readonly isGranted: (request: JsonObject) => boolean;
}[] = [
  {
    reason: "null is the default, as for every other parameter: clients send it for what is unset",
    isGranted: (request) => kwarg(request, "min_ratio") === null,
  },
];

/** Lines that ended the connection there and are skipped here. */
export const SKIPPED_HERE: readonly {
  readonly reason: string;
  readonly isSkipped: (line: string) => boolean;
}[] = [
  {
    reason:
      "a blank line is skipped whichever white space is in it: a client that ends its lines with \\r\\n, or pads them, loses no request",
    isSkipped: (line) => line.trim() === "",
  },
];

/*
 * Three more, which need no list:
 * - A create_job that failed there left a job behind that nobody knew. Ours leaves none, so
 *   requests about such a job, or one that is refused here, are about no job at all, and it is
 *   missing from list_jobs.
 * - A notification that a job became ready comes when its boards are ready, which took another time
 *   there: a watcher that watches only then is told only there.
 * - A job whose boards go on or off is ready once the BMPs are done, which took another time there: one
 *   that is in state power there may be ready here when so much time has passed since it was asked for.
 */
