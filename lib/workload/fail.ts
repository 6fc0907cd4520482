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

/** Whether something can be the name of a namespace (RFC 1123). A value that JavaScript left undefined cannot. */
export function isDnsLabel(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value);
}

/** Whether something can be the name of a Secret or of most other objects. */
export function isDnsSubdomain(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(value);
}

/** Kubernetes names and label values that must also be DNS labels. */
export function requireDnsLabel(construct: IConstruct, what: string, value: string): void {
  if (!isDnsLabel(value)) {
    fail(construct, `'${value}' cannot be ${what}: write a DNS label, which is at most 63 lower case letters, `
      + 'digits and hyphens, and neither begins nor ends with a hyphen');
  }
}

/** Names of what has a Service, which Kubernetes holds to the older RFC 1035. */
export function requireServiceName(construct: IConstruct, what: string, value: string): void {
  requireDnsLabel(construct, what, value);
  if (/^\d/.test(value)) {
    fail(construct, `'${value}' cannot be ${what}: the name of a Service begins with a letter, so write one such as 'mcp-${value}'`);
  }
}

/** Whole numbers such as replicas and ports. */
export function requireInteger(construct: IConstruct, what: string, value: number, least: number, most?: number): void {
  if (!Number.isInteger(value) || value < least || (most !== undefined && value > most)) {
    const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
    fail(construct, `${what} is ${value}: write a whole number ${range}`);
  }
}
