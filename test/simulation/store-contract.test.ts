import { describeStore } from "../store/contract.js";
import { SimulatedState } from "./open-store.js";

describeStore("the simulated store", () => new SimulatedState());
