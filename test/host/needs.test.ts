/** What a server needs of the system, and how it says that there is too little. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { bmpCount, ownFiles, tooFewFiles } from "../../src/host/needs/open-files.js";
import { tooFewThreads } from "../../src/host/needs/threads.js";
import { reasonNotToStart } from "../../src/host/start-errors.js";
import { affordableConnections } from "../../src/protocol/connection/open-files.js";

/** Machines with the BMP addresses given. */
function machines(...addresses: readonly (readonly string[])[]): Parameters<typeof bmpCount>[0] {
  return {
    machines: addresses.map((each) => ({
      bmpIps: each.map((address, frame) => [[0, frame], address]),
    })),
  } as unknown as Parameters<typeof bmpCount>[0];
}

describe("the files that a server needs", () => {
  it("are one for each BMP, however many machines it has a part of", () => {
    expect(bmpCount(machines(["a", "b"], ["b", "c"]))).toBe(3);
    expect(ownFiles(machines(["a", "b"], ["b", "c"]))).toBe(ownFiles() + 3);
  });

  it("suffice, or are refused with the number to raise the limit to", () => {
    const some = machines(Array.from({ length: 100 }, (_, i) => `10.0.0.${i}`));
    const needed = ownFiles(some) + 32;
    expect(tooFewFiles(some, needed)).toBeNull();
    expect(tooFewFiles(some, null)).toBeNull();
    expect(tooFewFiles(some, needed - 1)).toMatch(
      new RegExp(
        `may open ${needed - 1} files, and the server needs ${needed}: .*100 for 100 BMPs`,
      ),
    );
    expect(tooFewFiles(some, 64)).toMatch(/ulimit -n, LimitNOFILE=/);
  });

  it("are kept from clients, and no more than half of the rest when there are few", () => {
    expect(affordableConnections(16_384, 400, 76)).toBe(200);
    expect(affordableConnections(16_384, 1024, 76)).toBe(768);
    expect(affordableConnections(16_384, 1024, 700)).toBe(324);
    expect(affordableConnections(16_384, 128, 90)).toBe(38);
    expect(affordableConnections(10, 1024, 700)).toBe(10);
    expect(affordableConnections(10, null, 700)).toBe(10);
  });
});

describe("the threads that a server needs", () => {
  const directories: string[] = [];
  afterEach(() => {
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
  });

  /** A system whose cgroups have these limits, from the top. */
  function placesWith(line: string, limits: Readonly<Record<string, readonly [string, string]>>) {
    const directory = mkdtempSync(join(tmpdir(), "cgroup-"));
    directories.push(directory);
    writeFileSync(join(directory, "self"), `${line}\n`);
    for (const [path, [most, current]] of Object.entries(limits)) {
      mkdirSync(join(directory, "fs", path), { recursive: true });
      writeFileSync(join(directory, "fs", path, "pids.max"), `${most}\n`);
      writeFileSync(join(directory, "fs", path, "pids.current"), `${current}\n`);
    }
    return { cgroup: join(directory, "self"), cgroups: join(directory, "fs") };
  }

  it.each<[string, string, Readonly<Record<string, readonly [string, string]>>, RegExp | null]>([
    ["its own", "0::/a/b", { "a/b": ["20", "12"], a: ["max", "99"] }, /start 8 more .*TasksMax=/],
    ["one above", "0::/a/b", { "a/b": ["max", "12"], a: ["100", "99"] }, /start 1 more/],
    ["that of a container", "0::/", { "": ["15", "15"] }, /start 0 more/],
    ["of version 1", "7:cpu,pids:/x", { "pids/x": ["15", "12"] }, /start 3 more/],
    ["none", "0::/a", { a: ["max", "12"] }, null],
    ["a large one", "0::/a", { a: ["4915", "12"] }, null],
    ["not shown", "0::/a", {}, null],
  ])("are counted against the limit of the cgroup: %s", (_, line, limits, reason) => {
    const said = tooFewThreads(placesWith(line, limits));
    if (reason === null) expect(said).toBeNull();
    else expect(said).toMatch(reason);
  });

  it("are not known where there are no cgroups", () => {
    expect(tooFewThreads({ cgroup: "/nowhere", cgroups: "/nowhere" })).toBeNull();
  });
});

describe("why a start fails", () => {
  it.each([
    ["EMFILE", /^this process may open no more files: .*LimitNOFILE=\) \(what it says\)$/],
    ["ENFILE", /fs\.file-max/],
    ["EAGAIN", /no more threads and processes: .*TasksMax=/],
    ["ERR_WORKER_INIT_FAILED", /^a thread could not be started: /],
    // Where there are files enough, a package is missing that Node says is missing.
    ["ERR_MODULE_NOT_FOUND", /^what it says$/],
  ])("is told as the lack that it is: %s", (code, reason) => {
    expect(reasonNotToStart(Object.assign(new Error("what it says"), { code }))).toMatch(reason);
  });
});
