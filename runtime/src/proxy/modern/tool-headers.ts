import { checkParameterHeaders, parameterHeaders, type ParameterHeader } from '../../bridge/parameter-headers';
import type { RequestHeaders } from '../../bridge/request-headers';
import type { JsonRpcRequest } from '../../mcp/json-rpc';

/** More tools than this are not remembered. */
const MOST_TOOLS = 10_000;

/** Which parameters of the server's tools requests mirror in headers: what it has listed says so. */
export class ToolHeaders {
  private readonly byTool = new Map<string, readonly ParameterHeader[]>();

  /** @param tools of a list of the server, which may be anything */
  learn(tools: unknown): void {
    for (const tool of Array.isArray(tools) ? tools as unknown[] : []) {
      const { name, inputSchema } = (tool ?? {}) as { name?: unknown; inputSchema?: unknown };
      const headers = parameterHeaders(inputSchema);
      if (typeof name === 'string' && (this.byTool.has(name) || this.byTool.size < MOST_TOOLS)) {
        // Clients do not use a tool whose annotations are wrong.
        this.byTool.set(name, typeof headers === 'string' ? [] : headers);
      }
    }
  }

  /** @returns in what the headers of a call differ from its arguments, if they do */
  check({ method, params }: JsonRpcRequest, headers: RequestHeaders): string | undefined {
    const known = method === 'tools/call' ? this.byTool.get(String(params?.name)) : undefined;
    return known === undefined ? undefined : checkParameterHeaders(headers, known, params?.arguments);
  }
}
