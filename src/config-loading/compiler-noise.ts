/**
 * The compiler within the loader prints a page about itself when a file exports a name that it does not
 * declare, as all names of "spalloc-server" may be used. What comes of such a file is told better after that.
 */
const NOISE = /^The exported identifier ".*" is not declared in Babel's scope tracker/;

/** Has nothing printed of it from now on. */
export function dropCompilerNoise(): void {
  const { warn } = console;
  console.warn = (...printed: unknown[]) => {
    if (typeof printed[0] !== "string" || !NOISE.test(printed[0])) warn(...printed);
  };
}
