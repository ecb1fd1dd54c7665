import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterEach, expect, it } from "vitest";
import { operatorSocketPath } from "../../src/operator/index.js";

const before = process.cwd();
afterEach(() => process.chdir(before));

it("the operator's socket needs no working directory", () => {
  const removed = mkdtempSync(`${tmpdir()}/spalloc-removed-`);
  process.chdir(removed);
  rmdirSync(removed);
  expect(() => process.cwd()).toThrow("ENOENT");
  expect(operatorSocketPath("/var/lib/spalloc/cfg.state")).toBe(
    "/var/lib/spalloc/cfg.state/operator.sock",
  );
});

it("the operator's socket may lie deep below the working directory, and no deeper", () => {
  const top = mkdtempSync(`${tmpdir()}/${"x".repeat(90)}-`);
  process.chdir(top);
  expect(operatorSocketPath(`${top}/cfg.state`)).toBe("cfg.state/operator.sock");
  expect(() => operatorSocketPath(`${top}/${"y".repeat(90)}`)).not.toThrow();
  expect(() => operatorSocketPath(`${top}/${"y".repeat(100)}`)).toThrow("too long for a socket");
  process.chdir(before);
  rmdirSync(top);
});
