import type { IConstruct } from 'constructs';

/**
 * Ends the synthesis with an error that says where the mistake is, and how to mend it.
 *
 * @param construct whose properties are wrong
 * @param problem what is wrong and what to do, as one sentence
 */
export function fail(construct: IConstruct, problem: string): never {
  throw new Error(`[${construct.node.path}] ${problem}`);
}

/** Kubernetes names and label values that must also be DNS labels (RFC 1123). */
export function requireDnsLabel(construct: IConstruct, what: string, value: string): void {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value)) {
    fail(construct, `'${value}' cannot be ${what}: write a DNS label, which is at most 63 lower case letters, `
      + 'digits and hyphens, and neither begins nor ends with a hyphen');
  }
}

/** Whole numbers such as replicas and ports. */
export function requireInteger(construct: IConstruct, what: string, value: number, least: number, most?: number): void {
  if (!Number.isInteger(value) || value < least || (most !== undefined && value > most)) {
    const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
    fail(construct, `${what} is ${value}: write a whole number ${range}`);
  }
}
