import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { endedJobCodec } from "../../src/store/records/ended-job-codec.js";
import { jobCodec } from "../../src/store/records/job-codecs.js";
import { quarantineCodec } from "../../src/store/records/quarantine-codec.js";
import { endedJobRecord, quarantine, queuedJob } from "./records.js";

/** Any UTF-16, lone surrogates included, of lengths for which protobufjs has ways of its own. */
const anyText = fc
  .array(fc.oneof(fc.constantFrom(0xd800, 0xdbff, 0xdc00, 0xdfff), fc.nat(0xffff)), {
    maxLength: 150,
  })
  .map((units) => String.fromCharCode(...units));

describe("texts that clients and operators choose", () => {
  it("are kept whatever they are; lone surrogates become U+FFFD", () => {
    fc.assert(
      fc.property(anyText, endedJobRecord, quarantine, (text, endedJob, boardRecord) => {
        const kept = text.toWellFormed();
        const job = { ...queuedJob(1), owner: text, argsJson: text };
        expect(jobCodec.decode(jobCodec.encode(job))).toMatchObject({
          owner: kept,
          argsJson: kept,
        });
        const ended = {
          ...endedJob,
          owner: text,
          reason: { code: "destroyed", text } as const,
        };
        expect(endedJobCodec.decode(endedJobCodec.encode(ended))).toMatchObject({
          owner: kept,
          reason: { code: "destroyed", text: kept },
        });
        const board = { ...boardRecord, reason: text };
        expect(quarantineCodec.decode(quarantineCodec.encode(board))).toMatchObject({
          reason: kept,
        });
      }),
    );
  });

  it("are read where earlier versions wrote a lone surrogate as three bytes", () => {
    const bytes = jobCodec.encode({ ...queuedJob(1), owner: "a???b" });
    bytes.set([0xed, 0xa0, 0x80], bytes.indexOf("???"));
    expect(jobCodec.decode(bytes).owner).toBe("a\ufffd\ufffd\ufffdb");
  });
});
