/** The configuration that the transcripts were recorded with; settling takes no time. */
import { Configuration, Machine } from "spalloc-server";

type Board = readonly [x: number, y: number, z: number];
type Place = readonly [cabinet: number, frame: number, board: number];

/** Boards numbered in the order x, y, z, 24 to a frame and 5 frames to a cabinet. */
function locations(width: number, height: number, dead: readonly string[]) {
  const found: [Board, Place][] = [];
  let i = 0;
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      for (let z = 0; z < 3; z++, i++) {
        if (dead.includes(`${x},${y},${z}`)) continue;
        found.push([
          [x, y, z],
          [Math.floor(i / 120), Math.floor(i / 24) % 5, i % 24],
        ]);
      }
    }
  }
  return found;
}

export default new Configuration({
  ip: "127.0.0.1",
  timeoutCheckInterval: 0.5,
  secondsBeforeFree: 0,
  secondsToSettle: 0,
  machines: [
    Machine.withStandardIps({
      name: "m",
      tags: ["default", "big"],
      width: 4,
      height: 2,
      deadBoards: [[3, 1, 2]],
      deadLinks: [
        [0, 0, 0, 2],
        [0, 0, 2, 5],
      ],
      boardLocations: locations(4, 2, ["3,1,2"]),
      baseIp: "127.11.0.0",
    }),
    Machine.withStandardIps({
      name: "t",
      tags: ["three"],
      width: 1,
      height: 1,
      boardLocations: locations(1, 1, []),
      baseIp: "127.12.0.0",
    }),
    Machine.singleBoard({
      name: "s",
      tags: ["single"],
      bmpIp: "127.13.0.0",
      spinnakerIp: "127.13.0.1",
    }),
  ],
});
