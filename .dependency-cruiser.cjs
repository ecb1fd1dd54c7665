/**
 * The layers of docs/internals/architecture.md. A folder imports only from the folders listed for it,
 * and from itself; the engine is entered by its contract alone.
 */
const CONTRACT = "engine/contract";

/** What each folder of src may import from. */
const mayImport = {
  domain: [],
  json: [],
  config: ["domain"],
  placement: ["domain"],
  engine: ["domain", "config", "placement"],
  // Adapters, which implement the engine's ports.
  bmp: ["domain", CONTRACT],
  "config-loading": ["domain", "config"],
  "search-pool": ["domain", "placement", CONTRACT],
  store: ["domain", CONTRACT],
  // Services, through which clients and operators reach the engine.
  protocol: ["domain", "json", "config", CONTRACT],
  operator: ["domain", "json", CONTRACT],
  // Outside the server.
  client: [],
  simulator: ["domain", "config", "json", "bmp/wire"],
  // The programs.
  host: [
    "domain",
    "config",
    "placement",
    "engine",
    "bmp",
    "config-loading",
    "search-pool",
    "store",
    "protocol",
    "operator",
  ],
  cli: [
    "domain",
    "json",
    "config",
    "config-loading",
    "store",
    "operator",
    "client",
    "simulator",
    "bmp/wire",
    "host",
    CONTRACT,
  ],
};

const layers = Object.entries(mayImport).map(([folder, allowed]) => ({
  name: `${folder}-imports`,
  comment: `src/${folder} may import from ${allowed.join(", ") || "no other folder"}`,
  severity: "error",
  from: { path: `^src/${folder}/` },
  to: { path: "^src/", pathNot: `^src/(${[folder, ...allowed].join("|")})/` },
}));

module.exports = {
  forbidden: [
    ...layers,
    {
      name: "every-folder-has-a-layer",
      comment: "a new folder of src needs a line in .dependency-cruiser.cjs",
      severity: "error",
      from: {
        path: "^src/",
        pathNot: `^src/(${Object.keys(mayImport).join("|")})/|^src/index.ts$`,
      },
      to: {},
    },
    {
      name: "contract-stands-alone",
      comment: "the engine's contract says nothing of how the engine works",
      severity: "error",
      from: { path: `^src/${CONTRACT}/` },
      to: { path: "^src/engine/", pathNot: `^src/${CONTRACT}/` },
    },
    {
      name: "no-circles",
      comment: "neither code nor types may go round in a circle of files",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "only-entry-points-are-on-top",
      comment: "src never imports an entry point of a worker, a benchmark, a script or a test",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(workers|bench|scripts|test)/" },
    },
    {
      name: "tests-do-not-import-tests",
      comment: "what several tests use is a module of its own, not a test",
      severity: "error",
      from: { path: "^(test|bench)/" },
      to: { path: "\\.test\\.ts$" },
    },
    {
      name: "tests-of-a-folder",
      comment: "tests outside of the engine's own and the simulation know its contract alone",
      severity: "error",
      from: { path: "^test/", pathNot: "^test/(engine|simulation|bmp)/" },
      to: { path: "^src/engine/", pathNot: `^src/${CONTRACT}/` },
    },
    {
      name: "lmdb-is-opened-in-one-place",
      comment:
        "who opens LMDB beside another process endangers what that one commits: only who has the lock may (docs/decisions/lmdb.md)",
      severity: "error",
      from: {
        path: "^(src|workers)/",
        pathNot: "^src/store/lmdb/(database|row-reading|compaction)\\.ts$",
      },
      to: { path: "^(node_modules/)?lmdb(/|$)" },
    },
    {
      name: "engine-is-deterministic",
      comment:
        "the engine has no sockets, disk, threads or timers of its own: they come in as ports",
      severity: "error",
      from: { path: "^src/(domain|placement|engine)/" },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?assert$" },
    },
    {
      name: "not-to-dev-dependency",
      severity: "error",
      from: { path: "^(src|workers)/" },
      to: { dependencyTypes: ["npm-dev"] },
    },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "types"],
    },
  },
};
