import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Two cores: the end-to-end tests start real servers with worker threads of their own.
    maxWorkers: 2,
    pool: "forks",
    // Real processes share CI's two cores; what fails once is reported and tried again there only.
    retry: process.env["CI"] ? 2 : 0,
  },
});
