export * from "./board.js";
export * from "./chips.js";
export * from "./links.js";
