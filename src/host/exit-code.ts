/** Exit codes of the programs. */
export const ExitCode = { ok: 0, cannotStart: 1, badUsage: 2, interrupted: 130 } as const;
