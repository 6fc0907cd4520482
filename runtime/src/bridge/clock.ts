/** Time as the bridge knows it, so that its tests decide how it passes. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Calls back after so many milliseconds.
   *
   * @returns what to call so that it does not
   */
  after(ms: number, callback: () => void): () => void;
}
