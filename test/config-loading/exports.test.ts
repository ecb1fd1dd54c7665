/** Files that make or export more than one configuration, or none. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type * as LoadModule from "../../src/config-loading/load.js";

// The compiled modules: evaluation happens in a worker thread, which starts from dist/.
const dist = new URL("../../dist/src/config-loading/", import.meta.url);
const { loadConfiguration } = (await import(new URL("load.js", dist).href)) as typeof LoadModule;

const folder = mkdtempSync(join(tmpdir(), "exports-"));
afterAll(() => rmSync(folder, { recursive: true }));

const DESK = 'Machine.singleBoard({ name: "desk", bmpIp: "127.0.0.2", spinnakerIp: "127.0.0.3" })';
const FULL = `new Configuration({ machines: [${DESK}] })`;

interface Outcome {
  /** Names of the machines; null for a file that is refused. */
  readonly machines: readonly string[] | null;
  readonly said: readonly string[];
}

async function load(text: string, name = "cfg.ts"): Promise<Outcome> {
  const path = join(folder, name);
  writeFileSync(path, text);
  const said: string[] = [];
  const plain = (line: string) => line.replaceAll(`${folder}/`, "");
  try {
    const loaded = await loadConfiguration(path, {
      warn: (line) => said.push(plain(line)),
      log: (...printed) => said.push(`printed ${printed.join(" ")}`),
    });
    return { machines: loaded.machines.map((machine) => machine.name), said };
  } catch (error) {
    return { machines: null, said: [plain((error as Error).message)] };
  }
}

describe("a file with two configurations", () => {
  it.each([
    [
      "by default and by name",
      `export default ${FULL};\nexport const configuration = new Configuration();`,
    ],
    [
      "by name and by default",
      `export const configuration = ${FULL};\nexport default new Configuration();`,
    ],
    [
      "from one import",
      `const a = ${FULL};\nconst b = new Configuration({ machines: a.machines, secondsToSettle: 1 });\nexport { a as default, b as configuration };`,
    ],
  ])("is refused when it exports both, %s, naming both lines", async (_, text) => {
    const { machines, said } = await load(text);
    expect(machines).toBeNull();
    expect(said[0]).toMatch(
      /^cfg\.ts: the file exports two different configurations, one by default, made at cfg\.ts:[12], and one as "configuration", made at cfg\.ts:[12]: which/,
    );
    expect(said[0]).toContain("cfg.ts:1");
    expect(said[0]).toContain("cfg.ts:2");
  });

  it("is refused when both are default exports", async () => {
    const two = `export default ${FULL};\n// maintenance\nexport default new Configuration();\n`;
    expect(await load(two)).toEqual({
      machines: null,
      said: [
        "cfg.ts: syntax error: there is more than one default export, on the lines 1 and 3; a file has one: delete the others",
      ],
    });
    const renamed = `const c = ${FULL};\nexport { c as default };\nexport default await Promise.resolve(c);`;
    expect((await load(renamed)).said[0]).toMatch(/lines 2 and 3/);
  });

  it("is read when both are the same", async () => {
    const same = "const c = new Configuration();\nexport { c as default, c as configuration };";
    expect(await load(same)).toEqual({ machines: [], said: [] });
    const equal = `export default ${FULL};\nexport const configuration = ${FULL};`;
    expect(await load(equal)).toEqual({ machines: ["desk"], said: [] });
  });

  it.each([
    ["below", `export default ${FULL};\nnew Configuration();`, 1, 2],
    ["above", `const old = new Configuration();\nexport default ${FULL};`, 2, 1],
    [
      "imported",
      `import { Configuration as C } from "spalloc-server";\nexport const configuration = ${FULL};\nnew C();`,
      2,
      3,
    ],
  ])("is warned of when it exports one, the other %s", async (_, text, used, other) => {
    const { machines, said } = await load(text);
    expect(machines).toEqual(["desk"]);
    expect(said).toEqual([
      expect.stringMatching(
        new RegExp(
          `^cfg\\.ts: the configuration made at cfg\\.ts:${other} is not exported and does nothing; the one that is exported .*, made at cfg\\.ts:${used}, is used$`,
        ),
      ),
    ]);
  });

  it("is warned of in CommonJS, where the later export takes the place of the first", async () => {
    const text = `module.exports = ${FULL};\nmodule.exports = new Configuration();`;
    const { machines, said } = await load(text, "cfg.cjs");
    expect(machines).toEqual([]);
    expect(said).toEqual([expect.stringContaining("made at cfg.cjs:1 is not exported")]);
  });

  it("is warned of when the other export is something else", async () => {
    const { machines, said } = await load(
      `export default 5;\nexport const configuration = ${FULL};`,
    );
    expect(machines).toEqual(["desk"]);
    expect(said).toEqual([
      'cfg.ts: 5, exported by default, is not used; the one that is exported as "configuration", made at cfg.ts:2, is used',
    ]);
  });

  it("may speak of default exports in texts and comments", async () => {
    const text = `// export default is below\n/* export default 1 */\nconsole.error("export default 2");\nexport default ${FULL};`;
    expect(await load(text)).toEqual({
      machines: ["desk"],
      said: ["printed export default 2 stderr"],
    });
  });
});

describe("a file that exports nothing of use", () => {
  it.each([
    ["cfg.ts", "export default null;", /has null as its default export/],
    [
      "cfg.ts",
      "export const configuration = new Configuration();\nexport default null;",
      /has null as/,
    ],
    ["cfg.cjs", "module.exports = null;", /but it exports null by default/],
    ["cfg.ts", "export const configuration = null;", /but it exports null as "configuration"/],
    ["cfg.ts", "export default undefined;", /but it exports \{ default: undefined \}/],
    ["cfg.ts", "export default 0;", /but it exports 0 by default/],
    ["cfg.ts", "export const cfg = new Configuration();", /must export a Configuration/],
  ])("is told so: %s with %j", async (name, text, message) => {
    const { machines, said } = await load(text, name);
    expect(machines).toBeNull();
    expect(said).toEqual([expect.stringMatching(message)]);
    expect(said[0]).toMatch(/write: export default new Configuration/);
    expect(said[0]).not.toContain("TypeError");
  });

  it("and fails over null by itself is told where", async () => {
    const { said } = await load("const nothing: any = null;\nnothing.then();");
    expect(said).toEqual([expect.stringMatching(/^cfg\.ts:2: it threw TypeError/)]);
  });
});

describe("a file that exports the class Configuration itself", () => {
  it.each([
    ["by default", "cfg.ts", "export default Configuration;"],
    ['as "configuration"', "cfg.ts", "export const configuration = Configuration;"],
    ["by default", "cfg.cjs", "module.exports = Configuration;"],
    ["by default", "cfg.ts", "export default class extends Configuration {}"],
  ])("is told that new is missing: %s, %s", async (as, name, text) => {
    const { machines, said } = await load(text, name);
    expect(machines).toBeNull();
    expect(said).toEqual([
      `${name}: the file must export a Configuration, by default or as "configuration", but it exports the class Configuration itself (new is missing) ${as}; write: export default new Configuration({ machines: […] })`,
    ]);
  });
});
