/** Entry point of the BMP worker. */
import { serveBmpWorker } from "../src/bmp/worker-main.js";
import { yieldToOthers } from "./priority.js";

/** A packet can wait for the few milliseconds in which clients are answered. */
yieldToOthers(5);

serveBmpWorker();
