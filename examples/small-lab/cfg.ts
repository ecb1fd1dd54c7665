// A lab with a frame of 24 boards for jobs and one board on a desk for trying things out.
//
// The addresses are on this computer's loopback, so that it runs against spalloc-bmp-simulator.
import { type BoardLocations, Configuration, Links, Machine } from "spalloc-server";

// 4 × 2 triads in one frame. The frame's slots 0 to 7 hold the boards z = 0, row by row, then come
// eight z = 1 and eight z = 2.
const width = 4;
const height = 2;
const boardLocations: BoardLocations = [0, 1, 2].flatMap((z) =>
  Array.from({ length: width * height }, (_, triad) => {
    const board: [number, number, number] = [triad % width, Math.floor(triad / width), z];
    const position: [number, number, number] = [0, 0, z * width * height + triad];
    return [board, position] as const;
  }),
);

const frame = Machine.withStandardIps({
  name: "frame",
  width,
  height,
  boardLocations,
  baseIp: "127.24.0.0",
  // Away for repair.
  deadBoards: [[3, 1, 2]],
  // A cable that drops packets, so out of use from both ends.
  deadLinks: [
    [0, 0, 0, Links.north],
    [0, 0, 2, Links.south],
  ],
});

const desk = Machine.singleBoard({
  name: "desk",
  tags: ["desk"],
  bmpIp: "127.24.1.0",
  spinnakerIp: "127.24.1.1",
});

export default new Configuration({
  ip: "127.0.0.1",
  machines: [frame, desk],
  secondsToSettle: 0.5,
  secondsBeforeFree: 2,
});
