/** Entry point of the BMP worker. */
import { serveBmpWorker } from "../src/bmp/worker.js";

serveBmpWorker();
