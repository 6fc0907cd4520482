/** `oidc-provider` is written for Node 22 and calls `URL.parse`, which Node 20.16 does not have yet. */
export function provideUrlParse(): void {
  const url = URL as { parse?: typeof parse };
  url.parse ??= parse;
}

/** https://url.spec.whatwg.org/#dom-url-parse */
function parse(url: string, base?: string): URL | null {
  return URL.canParse(url, base) ? new URL(url, base) : null;
}
