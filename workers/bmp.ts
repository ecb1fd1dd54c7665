/** Entry point of the BMP worker. */
import { serveBmpWorker } from "../src/bmp/worker-main.js";
import { yieldToOthers } from "./priority.js";

/** A packet may wait for the milliseconds that clients are being answered. */
yieldToOthers(5);

serveBmpWorker();
