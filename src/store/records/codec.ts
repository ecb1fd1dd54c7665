/** Records to bytes and back, by the messages of proto/state.proto. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";
import { FieldError, Fields } from "./fields.js";

/** The bytes of one kind of record. */
export interface Codec<Row> {
  /** Name of the message in proto/state.proto. */
  readonly message: string;
  encode(row: Row): Buffer;
  /** Throws {@link FieldError} when anything is missing, ill-typed or out of range. */
  decode(bytes: Uint8Array): Row;
}

/** The package's proto/ is four levels up from dist/src/store/records, three from src/store/records. */
function protoFile(): string {
  const places = ["../../../../proto/state.proto", "../../../proto/state.proto"].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
  const found = places.find((place) => existsSync(place));
  if (found === undefined) {
    throw new Error(
      `proto/state.proto of this package is missing; looked for ${places.join(", ")}`,
    );
  }
  return found;
}

/**
 * UTF-8 cannot hold a lone surrogate. protobufjs writes it all the same in short texts, and then does not
 * read what it wrote, so it becomes U+FFFD here.
 */
function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, wellFormed(part)]));
}

/** A reader that takes texts of earlier versions too, which may hold lone surrogates. */
function lenientReader(bytes: Uint8Array): protobuf.Reader {
  const reader = protobuf.Reader.create(bytes);
  return Object.assign(reader, { stringVerify: () => reader.string() });
}

let root: protobuf.Root | undefined;

function messageType(name: string): protobuf.Type {
  root ??= protobuf.loadSync(protoFile());
  return root.lookupType(`spalloc.state.${name}`);
}

/**
 * A codec from two functions between the record and the message's fields (in camel case). Fields
 * that are null are not written.
 */
export function codec<Row>(
  message: string,
  toFields: (row: Row) => object,
  fromFields: (fields: Fields) => Row,
): Codec<Row> {
  let type: protobuf.Type | undefined;
  return {
    message,
    encode(row) {
      type ??= messageType(message);
      const bytes = type.encode(wellFormed(toFields(row)) as object).finish();
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    decode(bytes) {
      type ??= messageType(message);
      let decoded: unknown;
      try {
        decoded = type.decode(lenientReader(bytes));
      } catch (error) {
        throw new FieldError(`no message of type ${message} (${String(error)})`);
      }
      return fromFields(new Fields(decoded));
    },
  };
}
