import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makeDirectory } from "../../src/store/make-directory.js";

const folder = mkdtempSync(join(tmpdir(), "make-directory-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("a directory", () => {
  it("is made with those above it, and again without harm", () => {
    const deep = join(folder, "a", "b", "c");
    makeDirectory(deep);
    makeDirectory(deep);
    makeDirectory(`${deep}//../c/`);
    expect(existsSync(deep)).toBe(true);
  });

  it.runIf(process.platform === "linux")("is refused below a file system that takes none", () => {
    expect(() => makeDirectory("/proc/spalloc/state")).toThrow("no directory can be made in /proc");
    expect(() => makeDirectory("/proc/self/fdinfo/state")).toThrow();
  });

  it("is refused where something else is in its way", () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    expect(() => makeDirectory(file)).toThrow(`${file} is not a directory`);
    expect(() => makeDirectory(join(file, "x"))).toThrow("ENOTDIR");
    const dangling = join(folder, "dangling");
    symlinkSync(join(folder, "nowhere"), dangling);
    expect(() => makeDirectory(dangling)).toThrow("EEXIST");
    expect(() => makeDirectory(join(folder, "x".repeat(300)))).toThrow("ENAMETOOLONG");
  });
});
