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
  it("is looked up each time, so that the BMP may move", async () => {
    const addresses = nameService(HERE, THERE);
    expect(await addresses.find("bmp")).toEqual(HERE);
    expect(await addresses.find("bmp")).toEqual(THERE);
  });

  it("stays the last one known while the name service is out", async () => {
    const addresses = nameService(HERE, THERE, new Error("out"), new Error("out"));
    await addresses.find("bmp");
    await addresses.find("bmp");
    expect(await addresses.find("bmp")).toEqual(THERE);
    expect(await addresses.find("bmp")).toEqual(THERE);
  });

  it("is an error with the name when there never was one", async () => {
    const failure = nameService(new Error("no such name")).find("bmp");
    await expect(failure).rejects.toThrow(BmpError);
    await expect(nameService(new Error("no such name")).find("bmp")).rejects.toThrow(
      "its name bmp was not found: no such name",
    );
  });

  it("needs no name service when it is written out", async () => {
    const addresses = nameService();
    expect(await addresses.find("127.0.0.9")).toEqual({ address: "127.0.0.9", family: 4 });
    expect(await addresses.find("::1")).toEqual({ address: "::1", family: 6 });
  });
});
