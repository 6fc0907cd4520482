import type { z } from 'zod';

/** One line for each thing that is wrong: where it stands, and what it should be. */
export function describeIssues(error: z.ZodError): string[] {
  return error.issues.map((issue) => {
    const where = issue.path.map(String).join('.') || '(top level)';
    return `${where}: ${issue.message}`;
  });
}
