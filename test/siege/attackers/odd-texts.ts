/** Texts that are hard to keep or to show. */
import { type Attack, openClient } from "./target.js";

const ODD = [
  "\ud800",
  "\udfff half",
  `${"x".repeat(100)}\udbff`,
  "\ud83d".repeat(500),
  "\u0000\u0007\u001b[2J\u009b31m",
  "\u202egnihtyna\u2066",
  "\u2028\u2029\r\n",
  "__proto__",
  "\ufeff".repeat(300),
];

/** Stored with a job, repeated in lists, and kept in its end. */
export const oddTexts: Attack = async (target, random) => {
  const client = await openClient(target, random);
  try {
    const text = () => random.pick(ODD).repeat(1 + random.below(3));
    const kwargs = { owner: text(), keepalive: 2, group: text(), job_id: text(), client: text() };
    const id = await client.call("create_job", [1], kwargs);
    await client.call("notify_machine", [text()]);
    await client.call("list_jobs");
    await client.call("destroy_job", [id, text()]);
    await client.call("get_job_state", [id]);
  } finally {
    client.close();
  }
};
