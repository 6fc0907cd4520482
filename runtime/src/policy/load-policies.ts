import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  policySetTextToParts, policyToJson, validate, type DetailedError, type ValidationError,
} from '@cedar-policy/cedar-wasm/nodejs';
import { CEDAR_SCHEMA } from '../../../lib/contract/policy';
import { UsageError } from '../platform/usage-error';

/**
 * Reads every `*.cedar` file of a directory and checks it against the fleet's schema.
 *
 * @returns the policies' texts by id: what their `@id` annotation says, else `FILE/policyN` by their place in the file
 * @throws UsageError naming the file, the line and what is wrong there.
 */
export function loadPolicies(directory: string): ReadonlyMap<string, string> {
  const policies = new Map<string, string>();
  for (const name of policyFiles(directory)) {
    const file = join(directory, name);
    const text = readFileSync(file, 'utf8');
    check(file, text);
    for (const [id, policy] of splitPolicies(name, text)) {
      if (policies.has(id)) {
        throw new UsageError(`${file}: another policy has the id '${id}' already; ids must differ, audit lines name them`);
      }
      policies.set(id, policy);
    }
  }
  return policies;
}

function policyFiles(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith('.cedar')).sort();
  } catch (error) {
    throw new UsageError(`cannot read the policies in ${directory}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/**
 * Cedar only warns of a policy that can never apply. Here it is an error, for it does not do what its author believes.
 * The other warnings are about letters that look alike; names in any script are fine.
 */
function check(file: string, text: string): void {
  const answer = validate({ schema: CEDAR_SCHEMA, policies: { staticPolicies: text } });
  const problems = answer.type === 'failure'
    ? answer.errors
    : [...answer.validationErrors, ...answer.validationWarnings.filter(isImpossible)].map(({ error }) => error);
  const problem = problems[0];
  if (problem !== undefined) {
    throw new UsageError(`${file}${lineOf(problem, text)}: ${describe(problem)}`);
  }
}

function isImpossible({ error }: ValidationError): boolean {
  return error.message.includes('policy is impossible');
}

/** Cedar counts in bytes of UTF-8. Some errors, such as a template, have no place. */
function lineOf({ sourceLocations }: DetailedError, text: string): string {
  const start = sourceLocations?.[0]?.start;
  if (start === undefined) {
    return '';
  }
  return `, line ${Buffer.from(text).subarray(0, start).toString().split('\n').length}`;
}

function describe({ message, help, sourceLocations }: DetailedError): string {
  return [message, sourceLocations?.[0]?.label, help].filter((part) => typeof part === 'string').join('; ');
}

function* splitPolicies(name: string, text: string): Generator<[id: string, policy: string]> {
  const parts = policySetTextToParts(text);
  if (parts.type === 'failure') {
    throw new Error(`valid policies cannot be split: ${parts.errors[0]?.message}`);
  }
  // The parts come sorted by the ids that Cedar gives them, as text: policy0, policy1, policy10, policy2 …
  const places = parts.policies.map((_, place) => `policy${place}`).sort();
  for (const [index, policy] of parts.policies.entries()) {
    yield [annotatedId(policy) ?? `${name}/${places[index]}`, policy];
  }
}

function annotatedId(policy: string): string | undefined {
  const answer = policyToJson(policy);
  return answer.type === 'success' ? answer.json.annotations?.id : undefined;
}
