/**
 * Something that the person who runs the program can mend: a wrong flag, file or value.
 * The command prints its message as one line and exits with status 2; there is never a stack trace.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
