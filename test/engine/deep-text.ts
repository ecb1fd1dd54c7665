/** A value as text, with all that can be reached from it: two texts are equal when nothing changed. */

const functions = new WeakMap<object, number>();
let functionsSeen = 0;

/** Functions go by identity; an object that was met before is referred to by its number. */
export function deepText(root: unknown): string {
  const numbers = new Map<object, number>();
  const parts: string[] = [];
  const write = (value: unknown): void => {
    if (typeof value === "function") parts.push(`function ${functionNumber(value)}`);
    else if (typeof value !== "object" || value === null) parts.push(String(value));
    else writeObject(value);
  };
  const writeObject = (value: object): void => {
    const known = numbers.get(value);
    if (known !== undefined) {
      parts.push(`#${known}`);
      return;
    }
    numbers.set(value, numbers.size);
    if (value instanceof SharedArrayBuffer) parts.push(new Int32Array(value).join());
    else if (ArrayBuffer.isView(value)) parts.push(String(value));
    else if (value instanceof Map || value instanceof Set) {
      parts.push(value instanceof Map ? "Map(" : "Set(");
      for (const entry of value) write(entry);
      parts.push(")");
    } else {
      parts.push("{");
      for (const [name, part] of Object.entries(value)) {
        parts.push(`${name}:`);
        write(part);
      }
      parts.push("}");
    }
  };
  write(root);
  return parts.join("\n");
}

function functionNumber(value: object): number {
  let number = functions.get(value);
  if (number === undefined) {
    functionsSeen += 1;
    number = functionsSeen;
    functions.set(value, number);
  }
  return number;
}
