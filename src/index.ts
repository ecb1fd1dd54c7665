/** The public entry of the package: what configuration files import from "spalloc-server". */
export * from "./config/api.js";
