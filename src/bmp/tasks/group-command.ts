/** One command for several tasks, where no task fails because of the boards of another. */
import { asBmpError } from "../exchange/errors.js";

/**
 * Sends one command for all items. If it is refused, sends one for each. Returns those that were
 * refused, with the reason. Throws BmpError when the BMP is silent.
 */
export async function sendToGroup<Item>(
  items: readonly Item[],
  send: (items: readonly Item[]) => Promise<void>,
): Promise<ReadonlyMap<Item, string>> {
  try {
    await send(items);
    return new Map();
  } catch (error) {
    const failure = asBmpError(error);
    if (failure.isSilence) throw failure;
    if (items.length === 1) return new Map([[items[0]!, failure.message]]);
  }
  const refusals = new Map<Item, string>();
  for (const item of items) {
    for (const [refused, reason] of await sendToGroup([item], send)) refusals.set(refused, reason);
  }
  return refusals;
}
