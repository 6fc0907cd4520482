/** Longest name and version that are kept: clients choose them, and they travel in every session id. */
const LONGEST = 100;

/** Name and version of the client's program, from the parameters of `initialize`. */
export function clientName(params: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const info = params?.clientInfo as { readonly name?: unknown; readonly version?: unknown } | undefined;
  if (typeof info?.name !== 'string') {
    return undefined;
  }
  const name = typeof info.version === 'string' ? `${info.name}/${info.version}` : info.name;
  return name.slice(0, LONGEST);
}
