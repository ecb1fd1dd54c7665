/** The machines of the siege, and how their configuration may change or go wrong. */
import { configurationText, machineText } from "../support/running-server.js";

/** Anybody may have its boards, and hostile clients take them all. */
const CROWDED = { name: "crowded", width: 4, height: 4 };
/** Honest jobs of one board run here; hostile ones want all of it, and do not live long. */
export const WIDE = { name: "wide", width: 4, height: 2 };
export const WIDE_TAG = "wide";
/** In triads. */
export const WHOLE_WIDE = [WIDE.width, WIDE.height] as const;
/** Has no jobs: its tags show which configuration runs. */
export const SIGN = "sign";

/** Where its BMPs are: the two last numbers of their first address. */
const BASES = { crowded: "1.0", wide: "64.0", sign: "128.0" } as const;

/** A configuration that says `word` in the tags of the machine {@link SIGN}. */
export function configurationSaying(word: string, network: string): string {
  const machine = ({ name, width, height }: typeof WIDE, base: string, tags: readonly string[]) =>
    machineText(name, {
      width,
      height,
      baseIp: `${network}.${base}`,
      more: `tags: ${JSON.stringify(tags)}`,
    });
  return configurationText(
    [
      machine(CROWDED, BASES.crowded, ["default"]),
      machine(WIDE, BASES.wide, [WIDE_TAG]),
      machine({ name: SIGN, width: 1, height: 1 }, BASES.sign, ["sign", word]),
    ],
    "secondsOfGraceAfterStart: 10,",
  ).replace("timeoutCheckInterval: 0.1", "timeoutCheckInterval: 0.5");
}

/** What a careless operator may have the server read; `good` is a configuration that it takes. */
export const CARELESS = {
  /** Blocks in a system call: nobody ever writes into the pipe. */
  blocking: (good: string, pipe: string) =>
    `import { readFileSync } from "node:fs";\nreadFileSync(${JSON.stringify(pipe)});\n${good}`,
  endless: (good: string) => `for (;;) {}\n${good}`,
  greedy: (good: string) =>
    `const all = Array.from({ length: 100 }, () => Buffer.alloc(16 * 1024 * 1024, 1));\n${good}\nvoid all;`,
  broken: (good: string) => good.replace("width: 4", 'width: "four"'),
  throwing: (good: string) => `throw new Error("not today");\n${good}`,
} satisfies Record<string, (good: string, pipe: string) => string>;
export type Carelessness = keyof typeof CARELESS;
