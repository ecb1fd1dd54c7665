/** Jobs without measure: many, large ones, ones that nobody waits for. */
import { RefusedError } from "../../../src/client/index.js";
import { WHOLE_WIDE, WIDE_TAG } from "../machines.js";
import { type Attack, open, openClient, readFor, send } from "./target.js";

const create = (args: readonly unknown[], kwargs: object) =>
  `${JSON.stringify({ command: "create_job", args, kwargs: { owner: "x", ...kwargs } })}\n`;

/** Thousands, for as long as it takes. */
export const thousands: Attack = async (target, random) => {
  const socket = await open(target, random);
  const text = create([1 + random.below(8)], { keepalive: 2 + random.below(60) });
  for (let n = 0; n < 50; n++) await send(socket, text.repeat(100));
  await readFor(socket, 4_000);
};

/** With all the baggage that one may have, and more. */
export const heavy: Attack = async (target, random) => {
  const socket = await open(target, random);
  const kwargs = { keepalive: 5, job_id: "x".repeat(random.pick([1_000, 16_000, 100_000])) };
  for (let n = 0; n < 100; n++) await send(socket, create([1], kwargs));
  await readFor(socket, 3_000);
};

/** A whole machine each; none of them lives long, nor waits long. */
export const wholeMachines: Attack = async (target, random) => {
  const socket = await open(target, random);
  const text = create(WHOLE_WIDE, { keepalive: 3, tags: [WIDE_TAG] });
  for (let n = 0; n < 10; n++) await send(socket, text.repeat(100));
  await readFor(socket, 3_000);
};

/** Those of {@link hoard} that nobody has ended yet. */
const hoarded: number[] = [];

/** They would stay for ever, and must be there after each start until they are released. */
export const hoard: Attack = async (target, random) => {
  const client = await openClient(target, random);
  const before = hoarded.splice(0);
  try {
    await target.released(before);
    for (const id of before) await client.call("destroy_job", [id]);
    for (let n = 0; n < 40; n++) {
      const kwargs = { owner: "hoarder", keepalive: null, nmpi_job: "x".repeat(random.below(900)) };
      const id = await client.call("create_job", [1 + random.below(3)], kwargs);
      hoarded.push(id);
      target.acknowledged(id);
    }
  } catch (error) {
    // It may not have more of them.
    if (!(error instanceof RefusedError)) throw error;
  } finally {
    client.close();
  }
};

/** Boards on and off as fast as can be said. */
export const switching: Attack = async (target, random) => {
  const client = await openClient(target, random);
  try {
    const id = await client.call("create_job", [1 + random.below(6)], { owner: "x", keepalive: 5 });
    const commands = Array.from({ length: 300 }, (_, n) =>
      client.call(n % 2 === 0 ? "power_off_job_boards" : "power_on_job_boards", [id]),
    );
    await Promise.all(commands);
    await client.call("destroy_job", [id]);
  } finally {
    client.close();
  }
};

/** Nobody stays for the answers. */
export const abandoned: Attack = async (target, random) => {
  for (let n = 0; n < 40; n++) {
    const socket = await open(target, random);
    await send(socket, create([1 + random.below(4)], { keepalive: 5 }).repeat(3));
    if (random.chance(0.5)) socket.resetAndDestroy();
    else socket.destroy();
  }
};
