/** The scripts of package.json in a small checkout: they run what its sources say now. */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const pathOf = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

/** What each script runs. */
const PROGRAMS = [
  ["start", "src/cli/demo.ts"],
  ["try", "src/cli/try.ts"],
  ["bench", "bench/main.ts"],
  ["simulate", "test/simulation/simulate.ts"],
  ["torture", "test/torture/main.ts"],
  ["fuzz", "test/fuzz/main.ts"],
] as const;

const checkout = mkdtempSync(join(tmpdir(), "spalloc-checkout-"));

beforeAll(() => {
  for (const name of ["package.json", "tsconfig.json", "tsconfig.build.json", "scripts"]) {
    cpSync(pathOf(name), join(checkout, name), { recursive: true });
  }
  symlinkSync(pathOf("node_modules"), join(checkout, "node_modules"));
  for (const [, program] of PROGRAMS) write(program, `import "node:fs";\n`);
  npm("build");
});

afterAll(() => rmSync(checkout, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(checkout, file)), { recursive: true });
  writeFileSync(join(checkout, file), text);
}

function npm(script: string) {
  const command = ["run", "--silent", script];
  return spawnSync("npm", command, { cwd: checkout, encoding: "utf8" });
}

describe("what npm runs", () => {
  it.each(PROGRAMS)("npm run %s runs %s as it is now", (script, program) => {
    write(program, `console.log("changed for ${script}");\n`);
    const { status, stdout, stderr } = npm(script);
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: `changed for ${script}\n`,
      stderr: "",
    });
  });

  it("is not run when it does not compile, and then neither is what was compiled before", () => {
    write("src/cli/demo.ts", `const wrong: number = "text";\nconsole.log(wrong);\n`);
    for (let time = 0; time < 2; time++) {
      const { status, stdout } = npm("start");
      expect(status).not.toBe(0);
      expect(stdout).toContain("demo.ts(1,7): error TS2322");
    }
    write("src/cli/demo.ts", `console.log("mended");\n`);
    expect(npm("start").stdout).toBe("mended\n");
  });

  it("has nothing left of a source that was moved or removed", () => {
    write("src/domain/old.ts", "export const answer = 42;\n");
    npm("build");
    const compiled = (name: string) => join(checkout, `dist/src/domain/${name}.js`);
    expect(existsSync(compiled("old"))).toBe(true);
    renameSync(join(checkout, "src/domain/old.ts"), join(checkout, "src/domain/new.ts"));
    npm("build");
    expect(existsSync(compiled("old"))).toBe(false);
    expect(readFileSync(compiled("new"), "utf8")).toContain("42");
  });

  it("is not compiled again where nothing changed", () => {
    npm("build");
    const info = join(checkout, "dist/build.tsbuildinfo");
    const before = statSync(info).mtimeMs;
    rmSync(join(checkout, "node_modules"));
    expect(npm("build").status).toBe(0);
    expect(statSync(info).mtimeMs).toBe(before);
  });
});
