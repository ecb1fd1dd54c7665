/** What a mistyped command line is told; in processes of their own. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const run = promisify(execFile);
const root = new URL("../../", import.meta.url);

/** @returns the exit code and what was printed */
async function program(name: string, ...args: string[]): Promise<[number, string]> {
  const file = fileURLToPath(new URL(`dist/src/cli/${name}.js`, root));
  try {
    const { stdout, stderr } = await run(process.execPath, [file, ...args], { timeout: 60_000 });
    return [0, stdout + stderr];
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return [code, stdout + stderr];
  }
}

describe("spalloc-server", () => {
  it.each([
    [["chek", "x.ts"], "error: there is no command chek; did you mean check?"],
    [["Quarantin", "list"], "error: there is no command Quarantin; did you mean quarantine?"],
    [
      ["serve", "cfg.ts"],
      "error: there is no command serve; the commands are check, init, state, grace, quarantine",
    ],
    [["a.ts", "b.ts"], "error: one configuration is served, and 2 were given"],
  ])("says that there is no such command: %j", async (args, said) => {
    const [code, text] = await program("spalloc-server", ...args);
    expect([code, text.split("\n")[0]]).toEqual([2, said]);
  });

  it.each([[["--help"]], [["quarantine", "--help"]]])(
    "says where its documents are: %j",
    async (args) => {
      const [code, text] = await program("spalloc-server", ...args);
      expect(code).toBe(0);
      expect(text).toContain(`The documents (docs/…) are in ${fileURLToPath(root)}`);
    },
  );
});

describe("npm start", () => {
  it.each([
    [["--port", "abc"], 2, "A port must be a whole number"],
    [["--prot", "1"], 2, "unknown option '--prot'"],
    [["--help"], 0, "--port <number>"],
  ])("ends before it starts anything: %j", async (args, code, said) => {
    expect(await program("demo", ...args)).toEqual([code, expect.stringContaining(said)]);
  });
});
