/** What one request of an operator may hold; docs/operating/running.md lists them. */

/** Bytes of its line, without the newline: as a client's by default. */
export const MOST_LINE_BYTES = 262_144;
/** Characters of a reason: it is kept with each board for as long as the board's history. */
export const MOST_REASON_CHARS = 1024;
/** Boards and frames that it names. */
export const MOST_CHOICES = 250;
/** Boards, once those of the frames are counted. */
export const MOST_BOARDS = 1000;
/** Jobs, or records, by their numbers. */
export const MOST_NUMBERS = 1000;
/** Programs that are connected at once. */
export const MOST_CONNECTIONS = 64;
