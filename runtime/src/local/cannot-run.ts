/** A container needs what does not exist outside a cluster. The rest of the fleet runs without it. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun';
}
