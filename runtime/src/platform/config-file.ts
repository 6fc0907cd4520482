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
  return parseConfig(readText(file), schema, file);
}

/**
 * Checks the text of a configuration.
 *
 * @param origin where the text comes from, in words that a person can act on
 * @throws UsageError naming the origin and everything that is wrong with it.
 */
export function parseConfig<S extends z.ZodType>(text: string, schema: S, origin: string): z.infer<S> {
  const document = parseDocument(text);
  const syntaxError = document.errors[0];
  if (syntaxError !== undefined) {
    throw new UsageError(`${origin} is not valid YAML: ${firstLine(syntaxError.message)}`);
  }
  return checkConfig(document.toJS(), schema, origin);
}

/**
 * Checks a configuration.
 *
 * @param origin where it comes from, in words that a person can act on
 * @throws UsageError naming the origin and everything that is wrong with it.
 */
export function checkConfig<S extends z.ZodType>(config: unknown, schema: S, origin: string): z.infer<S> {
  const result = schema.safeParse(config);
  if (!result.success) {
    throw new UsageError(`${origin} is not a valid configuration: ${describeIssues(result.error).join('; ')}`);
  }
  return result.data;
}

/** @throws UsageError when the file cannot be read. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
