/** The field `machines`: machines of this API, each name and address used once in the whole file. */
import { counted } from "../../domain/counted.js";
import type { Type } from "../fields/field.js";
import { show } from "../fields/formatting.js";
import type { Problems } from "../fields/problems.js";
import { isMachine, type Machine } from "./machine.js";
import { checkAddresses } from "./unique-addresses.js";

export const machines: Type<readonly Machine[]> = {
  expected: "an array of machines",
  show: (list) => counted(list.length, "machine"),
  read: (problems, name, given) => {
    if (!Array.isArray(given)) {
      problems.addWrong(name, given, "an array of machines");
      return undefined;
    }
    given.forEach((machine: unknown, i) => {
      if (isMachine(machine)) return;
      const expected =
        "made with new Machine({…}), Machine.singleBoard({…}) or Machine.withStandardIps({…})";
      problems.addWrong(`${name}[${i}]`, machine, expected);
    });
    const list = given.filter(isMachine);
    checkNames(problems, list);
    checkAddresses(problems, list);
    return list;
  },
};

function checkNames(problems: Problems, list: readonly Machine[]): void {
  const names = new Set<string>();
  for (const { name } of list) {
    if (names.has(name)) {
      problems.add(`two machines have the name ${show(name)}; each needs a name of its own`);
    }
    names.add(name);
  }
}
