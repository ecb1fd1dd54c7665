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
  /** Writes the same bytes behind those that the writer has. */
  write(row: Row, writer: RecordWriter): void;
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
export class RecordWriter extends protobuf.BufferWriter {
  override string(value: string): protobuf.Writer {
    return super.string(value.toWellFormed());
  }
}

/** Takes texts of earlier versions too, which may hold lone surrogates. */
class Reader extends protobuf.BufferReader {
  override stringVerify(): string {
    return this.string();
  }
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
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
  const write = (row: Row, writer: RecordWriter) => {
    type ??= messageType(message);
    type.encode(toFields(row), writer);
  };
  return {
    message,
    write,
    encode(row) {
      const writer = new RecordWriter();
      write(row, writer);
      return asBuffer(writer.finish());
    },
    decode(bytes) {
      type ??= messageType(message);
      let decoded: unknown;
      try {
        decoded = type.decode(new Reader(asBuffer(bytes)));
      } catch (error) {
        throw new FieldError(`no message of type ${message} (${String(error)})`);
      }
      return fromFields(new Fields(decoded));
    },
  };
}
