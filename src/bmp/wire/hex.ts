/** "0x0000001f": a 32-bit word as people read registers. */
export function hexWord(word: number): string {
  return `0x${(word >>> 0).toString(16).padStart(8, "0")}`;
}
