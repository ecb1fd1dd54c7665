/**
 * How often what fails is tried again before the boards count as failed. From the inside out; the last
 * two are the engine's, which decides about jobs:
 *
 * | what is repeated                    | at most         | where                                        |
 * |-------------------------------------|-----------------|----------------------------------------------|
 * | a packet                            | 5 times in all  | TRIES_OF_PACKET                              |
 * | a power cycle of a board            | 3 in all        | MOST_POWER_CYCLES                            |
 * | a power-on or power-off, as a whole | twice in all    | TRIES_OF_POWER_ORDER                         |
 * | bringing a board back under its job | twice           | engine/jobs/power.ts, MOST_RESTORES          |
 * | placing a job that was never ready, | 6 times         | configuration, maxPlacementAttempts          |
 * | when no boards are left for it      |                 |                                              |
 */

/** Packets sent for one request that does no harm when it is carried out twice. */
export const TRIES_OF_PACKET = 5;

/** Power cycles of one board within one power-on. */
export const MOST_POWER_CYCLES = 3;

/** Runs of a power-on or power-off; between them, the configuration's retry time passes. */
export const TRIES_OF_POWER_ORDER = 2;
