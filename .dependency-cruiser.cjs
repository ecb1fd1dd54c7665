/**
 * The layers of docs/architecture.md: a module imports only from those to its left.
 *   geometry <- config <- allocation <- engine <- server | bmp | store | admin <- simulator <- cli
 */
const layers = [
  ["geometry"],
  ["config"],
  ["allocation"],
  ["engine"],
  ["server", "bmp", "store", "admin"],
  ["simulator"],
  ["cli"],
];

const forbidden = [];
layers.forEach((names, depth) => {
  for (const name of names) {
    const others = [...names.filter((other) => other !== name), ...layers.slice(depth + 1).flat()];
    if (others.length === 0) continue;
    forbidden.push({
      name: `${name}-imports-downwards`,
      comment: `src/${name} may not import from ${others.join(", ")}`,
      severity: "error",
      from: { path: `^src/${name}/` },
      to: { path: `^src/(${others.join("|")})/` },
    });
  }
});

module.exports = {
  forbidden: [
    ...forbidden,
    {
      name: "no-cycles",
      comment: "types may refer to each other, as jobs and machines do; code may not",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "only-workers-and-cli-are-on-top",
      comment: "src never imports an entry point of a worker, a benchmark or a test",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(workers|bench|test)/" },
    },
    {
      name: "engine-is-deterministic",
      comment:
        "the engine has no sockets, disk, threads or timers of its own: they come in as ports",
      severity: "error",
      from: { path: "^src/(geometry|allocation/(?!pool)|engine)" },
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
    exclude: { path: "^dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "types"],
    },
  },
};
