import { childProgram } from './child-program';
import { httpProgram } from './http-program';
import { inPodProgram } from './in-pod-program';
import { McpConnector, type ConnectorSpec } from './mcp-connector';
import type { IMcpServer } from './mcp-server-interface';
import type { McpServerProps } from './mcp-server-props';
import type { McpSource } from './mcp-source';
import { McpTransport, type StdioTransport } from './mcp-transport';
import type { ServerProgram } from './server-pod';

/** The longest call of a server, in seconds. */
export function callSecondsOf(props: McpServerProps): number {
  return props.callTimeout?.toSeconds() ?? 300;
}

/** How the proxy reaches a server on stdin and stdout. */
export function connectorOf({ _spec }: McpSource, { connector }: StdioTransport): ConnectorSpec {
  return connector?._spec ?? (_spec.type === 'npm' ? { type: 'child' } : McpConnector.inPod()._spec);
}

/** How a server with these properties, which have been checked, runs. */
export function programOf(server: IMcpServer, props: McpServerProps): ServerProgram {
  const how = (props.transport ?? McpTransport.stdio())._spec;
  if (how.type === 'streamableHttp') {
    return httpProgram(how, props);
  }
  const connector = connectorOf(props.source, how);
  const options = { server, source: props.source._spec, transport: how, callSeconds: callSecondsOf(props) };
  return connector.type === 'in-pod' ? inPodProgram(options, connector) : childProgram(options);
}
