/** What the server loads at its start. Needs the compiled dist. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const PRINT_LOADED = `export async function load(url, context, next) {
  process._rawDebug(url);
  return next(url, context);
}`;
const dataUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;

/** URLs of all modules that are loaded with one of dist. */
async function loadedWith(module: string): Promise<readonly string[]> {
  const url = new URL(`../../dist/src/${module}`, import.meta.url).href;
  const hook = `import { register } from "node:module"; register(${JSON.stringify(dataUrl(PRINT_LOADED))});`;
  const { stderr } = await promisify(execFile)(process.execPath, [
    ...["--import", dataUrl(hook), "--input-type=module"],
    ...["--eval", `await import(${JSON.stringify(url)}); process.exit();`],
  ]);
  return stderr.split("\n");
}

const isZod = (url: string) => url.includes("/node_modules/zod/");

it("a server starts without zod, which comes with an operator's first request", async () => {
  const atStart = await loadedWith("host/composition.js");
  expect(atStart.some((url) => url.endsWith("/operator/dispatch.js"))).toBe(true);
  expect(atStart.filter(isZod)).toEqual([]);
  expect((await loadedWith("operator/schemas.js")).filter(isZod)).not.toEqual([]);
});
