/** The field `machines`: machines of this API, each name and address used once in the whole file. */
import ipaddr from "ipaddr.js";
import { counted } from "../../domain/counted.js";
import { framePositionName, tupleText } from "../../domain/names.js";
import type { Type } from "../fields/field.js";
import { show } from "../fields/formatting.js";
import type { Problems } from "../fields/problems.js";
import { isMachine, type Machine } from "./machine.js";

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
    checkUnique(problems, list);
    return list;
  },
};

/** No machine name, BMP address or board address twice in the whole file. */
function checkUnique(problems: Problems, list: readonly Machine[]): void {
  const names = new Set<string>();
  const bmps = new Map<string, string>();
  const boards = new Map<string, string>();
  const claim = (taken: Map<string, string>, address: string, holder: string): void => {
    const key = canonical(address);
    const other = taken.get(key);
    if (other === undefined) taken.set(key, holder);
    else {
      problems.add(
        `${holder} has the address ${show(address)}, which is that of ${other}; no two may have the same address`,
      );
    }
  };
  for (const { name, bmpIps, spinnakerIps } of list) {
    if (names.has(name)) {
      problems.add(`two machines have the name ${show(name)}; each needs a name of its own`);
    }
    names.add(name);
    for (const [frame, address] of bmpIps) {
      claim(bmps, address, `the BMP of ${framePositionName(frame)} of machine ${show(name)}`);
    }
    for (const [board, address] of spinnakerIps) {
      claim(boards, address, `board ${tupleText(board)} of machine ${show(name)}`);
    }
  }
}

/** One spelling for the many of a host name or IPv6 address. */
function canonical(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address.toLowerCase();
}
