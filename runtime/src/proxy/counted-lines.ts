/**
 * Whether the log shows something that has happened so many times: the first time, and then ever more seldom, so
 * that what a server repeats without end neither floods the log nor goes unseen.
 */
export function isWorthALine(count: number): boolean {
  return (count & (count - 1)) === 0;
}
