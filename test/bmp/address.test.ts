import { describe, expect, it } from "vitest";
import { AddressBook } from "../../src/bmp/exchange/address.js";
import { BmpError } from "../../src/bmp/exchange/errors.js";

const HERE = { address: "10.0.0.1", family: 4 };
const THERE = { address: "10.0.0.2", family: 4 };

/** A name service that gives these answers, one after the other. */
function nameService(...answers: (typeof HERE | Error)[]): AddressBook {
  return new AddressBook(async () => {
    const answer = answers.shift();
    if (answer === undefined) throw new Error("asked too often");
    if (answer instanceof Error) throw answer;
    return answer;
  });
}

describe("the address of a BMP", () => {
  it("is resolved each time, so that the BMP may move", async () => {
    const addresses = nameService(HERE, THERE);
    expect((await addresses.resolve("bmp")).ip).toEqual(HERE.address);
    expect((await addresses.resolve("bmp")).ip).toEqual(THERE.address);
  });

  it("stays the last one known while the name service is down", async () => {
    const addresses = nameService(HERE, THERE, new Error("out"), new Error("out"));
    await addresses.resolve("bmp");
    await addresses.resolve("bmp");
    const stale = { ip: THERE.address, family: 4, unresolved: "out" };
    expect(await addresses.resolve("bmp")).toEqual(stale);
    expect(await addresses.resolve("bmp")).toEqual(stale);
  });

  it("is an error with the host name when there never was one", async () => {
    const failure = nameService(new Error("no such name")).resolve("bmp");
    await expect(failure).rejects.toThrow(BmpError);
    await expect(nameService(new Error("no such name")).resolve("bmp")).rejects.toThrow(
      "host name bmp could not be resolved: no such name",
    );
  });

  it("needs no name service when it is an IP address", async () => {
    const addresses = nameService();
    expect(await addresses.resolve("127.0.0.9")).toMatchObject({ ip: "127.0.0.9", family: 4 });
    expect(await addresses.resolve("::1")).toMatchObject({ ip: "::1", family: 6 });
  });
});
