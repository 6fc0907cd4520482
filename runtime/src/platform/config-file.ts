import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { describeIssues } from '../../../lib/contract/config-error';
import { UsageError } from './usage-error';

/**
 * Reads and checks a YAML (or JSON) configuration file.
 *
 * @throws UsageError naming the file and everything that is wrong with it.
 */
export function loadConfigFile<S extends z.ZodType>(file: string, schema: S): z.infer<S> {
  const document = parseDocument(readText(file));
  const syntaxError = document.errors[0];
  if (syntaxError !== undefined) {
    throw new UsageError(`${file} is not valid YAML: ${firstLine(syntaxError.message)}`);
  }
  const result = schema.safeParse(document.toJS());
  if (!result.success) {
    throw new UsageError(`${file} is not a valid configuration: ${describeIssues(result.error).join('; ')}`);
  }
  return result.data;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
