/** To be imported first: signals are remembered until it is known what the program is to do. */
import { processSignals } from "../host/signals.js";

processSignals.hold();
