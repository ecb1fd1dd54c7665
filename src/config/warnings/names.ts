/** Names of machines, and tags, that people and programs may take for one another. */
import type { MachineDescription } from "../../domain/machine.js";
import { show } from "../fields/formatting.js";

/** Letters of the Cyrillic and Greek scripts, and the Latin ones that they look like. */
const LOOK_ALIKES = new Map(
  [
    ["АВЕЅІЈКМНОРСТУХҮԚԜаеѕіјкорсухүԁһԛԝӏвмнт", "ABESIJKMHOPCTYXYQWaesijkopcyxydhqwlbmht"],
    ["ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαγικνορτυχω", "ABEZHIKMNOPTYXayikvoptuxw"],
  ].flatMap(([others, latin]) => [...others!].map((other, i) => [other, latin![i]!] as const)),
);

export function nameWarnings(machines: readonly MachineDescription[]): string[] {
  const names = machines.map(({ name }) => ({ name, of: "" }));
  const tags = new Map<string, string>();
  for (const { name, tags: own } of machines) {
    for (const tag of own) if (!tags.has(tag)) tags.set(tag, name);
  }
  return [
    ...alike("the machines", names),
    ...alike(
      "the tags",
      [...tags].map(([name, machine]) => ({ name, of: ` (of machine ${show(machine)})` })),
    ),
  ];
}

interface Named {
  readonly name: string;
  /** Where it is, to stand behind it. */
  readonly of: string;
}

/** Each name that looks like one before it, with that one. */
function alike(what: string, all: readonly Named[]): string[] {
  const first = new Map<string, Named>();
  return all.flatMap((one) => {
    const looks = appearance(one.name);
    const other = first.get(looks);
    if (other === undefined) {
      first.set(looks, one);
      return [];
    }
    const pair = `${show(other.name)}${other.of} and ${show(one.name)}${one.of}`;
    return [
      `${what} ${pair} differ only in case, spacing or characters that look the same; if both are meant, choose names that are harder to mistake`,
    ];
  });
}

/** What two names share that are easily taken for one another. */
function appearance(name: string): string {
  return [...name.normalize("NFKC")]
    .map((letter) => LOOK_ALIKES.get(letter) ?? letter)
    .join("")
    .toLowerCase()
    .replaceAll(/[\s\p{Cf}]/gu, "");
}
