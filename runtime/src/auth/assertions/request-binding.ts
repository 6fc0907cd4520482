import { hash } from 'node:crypto';

/** What one request asks for: an assertion that is bound to it is worth nothing for another. */
export interface RequestBinding {
  /** MCP method. */
  readonly method: string;
  /** Tool, prompt or resource; absent where the method has none. */
  readonly target?: string;
  /** As it is on the wire. */
  readonly body: Buffer | string;
}

/** The claims that bind an assertion to a request. */
export interface BindingClaims {
  readonly mcp_method: string;
  readonly mcp_target?: string;
  readonly body_sha256: string;
}

export function bindingClaims({ method, target, body }: RequestBinding): BindingClaims {
  return {
    mcp_method: method,
    ...(target === undefined ? {} : { mcp_target: target }),
    body_sha256: hash('sha256', body, 'base64url'),
  };
}

/** Whether the claims of an assertion are those of a request. */
export function isBoundTo(claims: Readonly<Record<string, unknown>>, request: RequestBinding): boolean {
  const expected = bindingClaims(request);
  return claims.mcp_method === expected.mcp_method
    && claims.mcp_target === expected.mcp_target
    && claims.body_sha256 === expected.body_sha256;
}
