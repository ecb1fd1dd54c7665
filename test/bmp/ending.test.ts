/** How the work for BMPs ends when the server stops. */
import { describe, expect, it } from "vitest";
import { Ending } from "../../src/bmp/exchange/ending.js";

const LONG_MS = 1_000_000;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function turns(): Promise<void> {
  for (let n = 0; n < 5; n++) await turn();
}

/** Work that is over when it is told so. */
function work(): { readonly run: () => Promise<void>; readonly end: () => void } {
  let end = () => {};
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { run: () => over, end: () => end() };
}

describe("when the server has lost its state", () => {
  it("sends no packet any more, whatever it is at, and tells nobody", async () => {
    const halt = new Int32Array(new SharedArrayBuffer(4));
    const ending = new Ending(halt);
    const order: string[] = [];
    void ending.run(async () => {
      await ending.packet(async () => order.push("packet"));
      Atomics.store(halt, 0, 1);
      await ending.packet(async () => order.push("another packet"));
    });
    void ending.packet(async () => order.push("of another frame"));
    await turns();
    void ending.packet(async () => order.push("later"));
    await turns();
    expect(order).toEqual(["packet", "of another frame"]);
  });
});

describe("when the server stops", () => {
  it("is over at once where nothing runs", async () => {
    const ending = new Ending();
    await new Promise<void>((over) => ending.begin(LONG_MS, over));
  });

  it("lets what runs go on, reports it first, and begins nothing else", async () => {
    const ending = new Ending();
    const order: string[] = [];
    const running = work();
    void ending.run(running.run).then(() => order.push("done"));
    ending.begin(LONG_MS, () => order.push("over"));
    void ending.run(async () => order.push("begun"));
    void ending.packet(async () => order.push("packet"));
    await turns();
    expect(order).toEqual(["packet"]);
    running.end();
    await turns();
    expect(order).toEqual(["packet", "done", "over"]);
  });

  it("sends nothing more after its time, and waits for the replies to what was sent", async () => {
    const ending = new Ending();
    const order: string[] = [];
    const reply = work();
    void ending.run(async () => {
      await ending.packet(reply.run);
      order.push("reply");
      await ending.packet(async () => order.push("another packet"));
    });
    await new Promise<void>((sealed) => {
      ending.begin(0, () => order.push("over"));
      setTimeout(sealed, 20);
    });
    await turns();
    expect(order).toEqual([]);
    reply.end();
    await turns();
    expect(order).toEqual(["reply", "over"]);
  });
});
