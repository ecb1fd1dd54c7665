import { describe, expect, it } from "vitest";
import { excludedCommands } from "../../src/operator/excluded.js";
import { RecordingLog } from "../store/records.js";

const record = (number: number) => ({
  ...{ number, table: "jobs", key: "7", problem: "its checksum is wrong", excludedAtMs: 1 },
});

/** A store with excluded records 2 and 5; `saved` is when a drop is on the disk. */
function dropping(saved = Promise.resolve()) {
  const dropped: number[][] = [];
  const log = new RecordingLog();
  const store = {
    excluded: [record(2), record(5)],
    dropExcluded: (numbers: readonly number[]) => {
      dropped.push([...numbers]);
      return saved;
    },
  };
  return { dropped, log, drop: excludedCommands(store, log, 20)["state.drop"] };
}

describe("dropping excluded records", () => {
  it("drops those that are named, each once, and says so in the log", async () => {
    const { drop, dropped, log } = dropping();
    expect(await drop({ numbers: [5, 5] })).toEqual({ dropped: 1 });
    expect(dropped).toEqual([[5]]);
    expect(log.of("warn")).toEqual(["an operator drops 1 excluded record"]);
  });

  it("drops all when none is named", async () => {
    const { drop, dropped } = dropping();
    expect(await drop({ numbers: null })).toEqual({ dropped: 2 });
    expect(dropped).toEqual([[2, 5]]);
  });

  it("drops nothing when one of them is not there, and says which there are", async () => {
    const { drop, dropped } = dropping();
    await expect(drop({ numbers: [2, 3] })).rejects.toThrow(
      "no excluded record has the number 3: there are 2, 5",
    );
    expect(dropped).toEqual([]);
  });

  it("does not wait for ever for a disk that takes nothing", async () => {
    const { drop } = dropping(new Promise(() => {}));
    await expect(drop({ numbers: [2] })).rejects.toThrow("could not be saved yet");
  });
});
