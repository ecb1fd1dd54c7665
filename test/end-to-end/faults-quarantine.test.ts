/** Quarantine as an operator on call meets it: the command line against a running server. */
import { afterEach, describe, expect, it } from "vitest";
import { ownNetwork } from "../support/loopback.js";
import { RunningProgram } from "../support/program.js";
import { configurationText, machineText, RunningServer } from "../support/running-server.js";
import { QUEUED, READY } from "./client.js";

const NETWORK = await ownNetwork();

let running: RunningServer;

afterEach(() => running.end());

async function operator(
  ...args: readonly string[]
): Promise<{ code: number | null; said: string }> {
  const [command, ...rest] = args;
  const program = new RunningProgram("spalloc-server", [
    ...["quarantine", command!, running.configFile],
    ...rest,
  ]);
  const { code } = await program.ended();
  return { code, said: program.output };
}

describe("spalloc-server quarantine", () => {
  it("lists boards with their reasons, adds and releases them", async () => {
    const machine = machineText("m", { baseIp: `${NETWORK}.1.0` });
    const fields = "secondsBetweenSelfTests: 0,";
    running = await RunningServer.start({
      configuration: configurationText([machine], fields),
      faults: [{ boards: [{ board: 1, wrongFpga: { fpga: 2 } }] }],
    });
    expect(await operator("list")).toEqual({
      code: 0,
      said: "no board is in quarantine, and every BMP answers\n",
    });
    const client = await running.client();
    const id = await client.create([3], { max_dead_boards: 0 });
    await running.server.printed("quarantined");
    const { said } = await operator("list", "--history");
    expect(said).toMatch(
      /^board \[0, 0, 1\] of machine m \(cabinet 0, frame 0, board 1\): quarantined since 20\S+Z\n {4}not up after .*FPGA 2/,
    );
    expect(said).toMatch(/Z {2}quarantined: not up after/);

    expect(await operator("add", "m", "0/0/2", "--reason", "PSU is noisy")).toMatchObject({
      code: 0,
      said: "1 board quarantined\n",
    });
    const json = JSON.parse((await operator("list", "--json")).said) as {
      boards: { coordinates: number[]; cause: string; reason: string }[];
    };
    expect(json.boards.map(({ coordinates, cause }) => [coordinates.join(), cause]).sort()).toEqual(
      [
        ["0,0,1", "board"],
        ["0,0,2", "operator"],
      ],
    );
    expect((await client.state(id)).state).toBe(QUEUED);

    await running.misbehave({ heal: true });
    await running.server.kill();
    await running.startServer();
    const released = await operator("release", "m", "0,0,1", "0/0", "--reason", "reseated");
    expect(released).toEqual({
      code: 0,
      said: `2 boards released; 1 board was not in quarantine:
    board [0, 0, 0] of machine m (cabinet 0, frame 0, board 0)\n`,
    });
    const again = await running.client();
    await again.reaches(id, READY);
    expect((await operator("list")).said).toContain("no board is in quarantine");
    expect((await operator("list", "--all", "--history")).said).toContain("released: reseated");
  });

  it("names boards that no machine has any more, releases them, and forgets them", async () => {
    const baseIp = `${NETWORK}.3.0`;
    const text = (name: string, width: number) =>
      configurationText([machineText(name, { width, baseIp })], "secondsBetweenSelfTests: 0,");
    running = await RunningServer.start({ configuration: text("m", 2) });
    for (const board of ["1,0,0", "1,0,1"]) await operator("add", "m", board, "--reason", "smoke");
    await running.reload(text("m", 1));
    expect(running.server.output).toContain(
      "board [1, 0, 1] (cabinet 0, frame 0, board 4), which is quarantined, has no machine any more: its record is kept",
    );
    const listed = (await operator("list")).said;
    expect(listed).toContain(
      `board [1, 0, 0] of machine m (cabinet 0, frame 0, board 3), which no machine has at present (number 3 of BMP ${baseIp}): quarantined by an operator`,
    );
    expect(await operator("release", "m", "0/0/3", "--reason", "reseated")).toEqual({
      code: 0,
      said: "1 board released\n",
    });
    await running.reload(text("renamed", 2));
    expect((await operator("list")).said).toMatch(
      /^board \[1, 0, 1\] of machine renamed \(cabinet 0, frame 0, board 4\): quarantined/,
    );
    const kept = await operator("drop", "renamed", "1,0,1");
    expect(kept.said).toContain("is configured, and what is known of it is kept; release it");
    await running.reload(text("renamed", 1));
    await running.reload(text("other", 1));
    expect((await operator("drop", "renamed", "0/0/4")).said).toBe("1 board forgotten\n");
    const refused = { code: 1, said: expect.stringContaining("there is no machine renamed, and") };
    expect(await operator("release", "renamed", "1,0,1")).toEqual(refused);
    // Of several boards, the one that is not known is named.
    for (const [unknown, name] of [
      ["1,0,1", "a board [1, 0, 1] of it: nothing was changed"],
      ["0/0/4", "a board of it at cabinet 0, frame 0, board 4: nothing was changed"],
      ["0/7", "boards of it in cabinet 0, frame 7: nothing was changed"],
    ] as const) {
      for (const command of ["release", "drop"]) {
        const { said } = await operator(command, "renamed", "0/0/3", unknown);
        expect(said).toContain(`nothing is known of ${name}`);
      }
    }
    expect((await operator("drop", "renamed", "0/0")).said).toBe("1 board forgotten\n");
    expect((await operator("list", "--all")).said).toContain("no board is in quarantine");
  });

  it("says what is wrong and ends with 1, or 2 for bad usage", async () => {
    const machine = machineText("m", { baseIp: `${NETWORK}.2.0` });
    running = await RunningServer.start({ configuration: configurationText([machine]) });
    const refusals: [string[], string][] = [
      [
        ["release", "m", "0,0,1"],
        "board [0, 0, 1] of machine m (cabinet 0, frame 0, board 1) is not in quarantine",
      ],
      [["release", "m", "0/0"], "none of these 3 boards of machine m is in quarantine"],
      [["release", "other", "0,0,1"], "there is no machine other; there is m"],
      [
        ["add", "m", "5,0,1", "--reason", "x"],
        "board [5, 0, 1] is not on machine m, which has 1 × 1 triads",
      ],
      [["add", "m", "0/7", "--reason", "x"], "machine m has no board in cabinet 0, frame 7"],
      [["add", "m", "0/0/7", "--reason", "x"], "no board at cabinet 0, frame 0, board 7"],
      [["add", "m", "0,0,1", "--reason", " "], "a reason is needed"],
    ];
    for (const [args, text] of refusals) {
      const { code, said } = await operator(...args);
      expect([code, said]).toEqual([1, expect.stringContaining(text)]);
    }
    expect((await operator("add", "m", "1,2", "--reason", "x")).code).toBe(2);
    expect((await operator("add", "m", "0,0,1")).code).toBe(2);
    running.server.signal("SIGTERM");
    await running.server.ended();
    const { code, said } = await operator("list");
    expect([code, said]).toEqual([1, expect.stringContaining("no server is running on")]);
  });
});
