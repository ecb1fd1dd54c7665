import { describe, expect, it } from "vitest";
import type { BoardCoordinate } from "../../src/domain/board.js";
import type { MachineChanges, ReloadPlan } from "../../src/engine/contract/reload-plan.js";
import { reloadLines } from "../../src/host/reload/reload-lines.js";

const NOTHING: ReloadPlan = {
  settings: [],
  added: [],
  changed: [],
  replaced: [],
  removed: [],
  priorities: [],
  endedJobs: [],
  quarantine: [],
  powerOffs: [],
  cooldowns: [],
  waits: [],
  keptLinks: [],
};

const NO_CHANGES: MachineChanges = {
  tags: { added: [], removed: [] },
  deadBoards: { added: [], removed: [] },
  deadLinks: { added: [], removed: [] },
  positions: [],
  addresses: [],
  bmps: [],
  fpgaIds: [],
};

function board(z: 0 | 1 | 2) {
  const coordinates: BoardCoordinate = [3, 1, z];
  return { index: 12 + z, coordinates, position: [0, 3, 7 + z] as const };
}

describe("what the log says of a reload", () => {
  it("is nothing when nothing changed", () => {
    expect(reloadLines(NOTHING)).toEqual([]);
  });

  it("names settings in the units of the configuration", () => {
    const settings = [{ field: "secondsBeforeFree", from: 30, to: 10 }] as const;
    expect(reloadLines({ ...NOTHING, settings })).toEqual([
      "secondsBeforeFree is now 10 (before: 30)",
    ]);
  });

  it("is one line for each machine, with boards in both coordinates and position", () => {
    const changes = {
      ...NO_CHANGES,
      tags: { added: ["big"], removed: [] },
      deadBoards: { added: [board(0)], removed: [] },
      deadLinks: { added: [], removed: [{ board: board(1), link: 1 } as const] },
    };
    const plan = {
      ...NOTHING,
      added: [{ name: "n", width: 4, height: 2, priority: 0 }],
      changed: [{ name: "m", changes }],
      priorities: [{ machine: "m", from: 0, to: 1 }],
    };
    expect(reloadLines(plan)).toEqual([
      "machine n: added, 4 × 2 triads, with priority 0 (the highest is asked first)",
      "machine m: tags added: big; boards dead now: board [3, 1, 0] (cabinet 0, frame 3, board 7); " +
        "links no longer dead: north-east of board [3, 1, 1] (cabinet 0, frame 3, board 8); " +
        "priority 1 instead of 0, where 0 is the highest",
    ]);
  });

  it("says which links jobs keep as they are, and which ids of FPGAs are right now", () => {
    const kept = {
      machine: "m",
      link: { board: board(0), link: 2 },
      jobId: 7,
      owner: "ann",
    } as const;
    const changes = {
      ...NO_CHANGES,
      fpgaIds: [
        { board: board(1), from: null, to: [3, 3, 3] as const },
        { board: board(2), from: [3, 3, 3] as const, to: null },
      ],
    };
    const plan: ReloadPlan = {
      ...NOTHING,
      changed: [{ name: "m", changes }],
      keptLinks: [
        { ...kept, isDead: true },
        { ...kept, isDead: false },
      ],
    };
    const link = "north of board [3, 1, 0] (cabinet 0, frame 3, board 7)";
    const until =
      "for job 7 of ann, which has the boards at both its ends, until they are powered on next";
    expect(reloadLines(plan)).toEqual([
      "machine m: FPGA ids changed: board [3, 1, 1] (cabinet 0, frame 3, board 8): [3, 3, 3], " +
        "board [3, 1, 2] (cabinet 0, frame 3, board 9): [0, 1, 2]; " +
        `${link} stays open ${until}; ${link} stays stopped ${until}`,
    ]);
  });

  it("says why a machine is replaced, and what becomes of its boards and jobs", () => {
    const plan: ReloadPlan = {
      ...NOTHING,
      replaced: [
        {
          name: "m",
          machineId: 1,
          isForgotten: false,
          reasons: [
            {
              kind: "position",
              board: board(0),
              from: [0, 3, 8],
              to: [0, 3, 7],
              takenFrom: board(1),
            },
          ],
          moreReasons: 2,
        },
      ],
      quarantine: [
        {
          ...{ bmp: "10.0.3.0", number: 8, newBmp: "10.0.3.0", newNumber: 8 },
          ...{ from: { machine: "m", ...board(1) }, to: null, active: true, mayBeOn: true },
        },
      ],
      powerOffs: [{ machine: "m", machineId: 1, board: board(1) }],
      waits: [{ machine: "m", waitsFor: [{ name: "m", machineId: 1 }] }],
      endedJobs: [
        { jobId: 4, owner: "ann", machine: "m", reason: "machineRemoved" },
        { jobId: 5, owner: "bob", machine: "m", reason: "machineRemoved" },
        { jobId: 6, owner: "cy", machine: null, reason: "noSuitableMachine" },
      ],
    };
    const at = "board [3, 1, 1] (cabinet 0, frame 3, board 8)";
    expect(reloadLines(plan)).toEqual([
      "machine m: replaced, since board [3, 1, 0] is at cabinet 0, frame 3, board 7 instead of " +
        "cabinet 0, frame 3, board 8, where board [3, 1, 1] was, and 2 more of this kind; its boards " +
        "are powered off, or cooling down, before it is forgotten; " +
        `${at}, which is quarantined, has no machine any more: its record is kept; ` +
        `${at} left the machine and may be on: it is powered off; ` +
        "no job starts until the boards removed with machine m are off",
      "2 jobs ended with machine m, on which they ran: jobs 4 of ann, 5 of bob",
      "1 job ended, because no machine could ever hold it: job 6 of cy",
    ]);
  });
});
