/** Reads the fields of a decoded message strictly: what is missing or ill-typed is an error. */

/** What is wrong with a message. Table and key are added by the caller, who knows them. */
export class FieldError extends Error {
  override readonly name = "FieldError";
}

export class Fields {
  private readonly message: object;

  /** `path` names the message within its record; empty for the record itself. */
  constructor(
    message: unknown,
    private readonly path = "",
  ) {
    if (typeof message !== "object" || message === null) {
      throw new FieldError(`${path || "the record"} is not a message`);
    }
    this.message = message;
  }

  /** Undefined when the field was not written. */
  private value(name: string): unknown {
    return Object.hasOwn(this.message, name) ? Reflect.get(this.message, name) : undefined;
  }

  private fail(name: string, wanted: string): never {
    const at = this.path === "" ? name : `${this.path}.${name}`;
    const value = this.value(name);
    throw new FieldError(
      value === undefined ? `${at} is missing` : `${at} is ${String(value)}, not ${wanted}`,
    );
  }

  has(name: string): boolean {
    return this.value(name) !== undefined;
  }

  /** Any number but NaN. */
  number(name: string): number {
    const value = this.value(name);
    return typeof value === "number" && !Number.isNaN(value) ? value : this.fail(name, "a number");
  }

  /** A whole number of either sign, however large. */
  whole(name: string): number {
    const value = this.value(name);
    return typeof value === "number" && Number.isInteger(value)
      ? value
      : this.fail(name, "a whole number");
  }

  /** A whole number from 0 to `most`. 64-bit fields arrive as numbers or as Long objects. */
  count(name: string, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.value(name);
    const number = isLong(value) ? value.toNumber() : value;
    return typeof number === "number" && Number.isInteger(number) && number >= 0 && number <= most
      ? number
      : this.fail(name, `a whole number from 0 to ${most}`);
  }

  text(name: string): string {
    const value = this.value(name);
    return typeof value === "string" ? value : this.fail(name, "a text");
  }

  bytes(name: string): Buffer {
    const value = this.value(name);
    return Buffer.isBuffer(value) ? value : this.fail(name, "bytes");
  }

  flag(name: string): boolean {
    const value = this.value(name);
    return typeof value === "boolean" ? value : this.fail(name, "true or false");
  }

  nested(name: string): Fields {
    if (!this.has(name)) this.fail(name, "a message");
    return new Fields(this.value(name), this.path === "" ? name : `${this.path}.${name}`);
  }

  /** A repeated field; one that was not written is empty. */
  list<T>(name: string, read: (element: unknown, path: string) => T): T[] {
    const value = this.value(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) return this.fail(name, "a list");
    const at = this.path === "" ? name : `${this.path}.${name}`;
    return value.map((element: unknown, index) => read(element, `${at}[${index}]`));
  }

  texts(name: string): string[] {
    return this.list(name, (element, path) => {
      if (typeof element !== "string") throw new FieldError(`${path} is not a text`);
      return element;
    });
  }

  counts(name: string): number[] {
    return this.list(name, (element, path) => {
      if (typeof element !== "number" || !Number.isInteger(element) || element < 0) {
        throw new FieldError(`${path} is not a whole number`);
      }
      return element;
    });
  }

  messages(name: string): Fields[] {
    return this.list(name, (element, path) => new Fields(element, path));
  }
}

function isLong(value: unknown): value is { toNumber(): number } {
  return (
    typeof value === "object" &&
    value !== null &&
    "toNumber" in value &&
    typeof value.toNumber === "function"
  );
}
