import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // For what hangs, never for what is slow: a busy machine takes its time.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Two cores: the end-to-end tests start real servers with worker threads of their own.
    maxWorkers: 2,
    pool: "forks",
  },
});
