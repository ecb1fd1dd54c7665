/** The rules for which jobs of a machine's queue may start; docs/internals/placement.md has them. */
export const QUEUE_POLICIES = ["overtake", "fifo"] as const;
export type QueuePolicy = (typeof QUEUE_POLICIES)[number];
