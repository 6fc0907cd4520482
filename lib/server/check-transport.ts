import type { ContainerResources } from 'cdk8s-plus-28';
import type { IConstruct } from 'constructs';
import type { McpServerProps } from './mcp-server-props';
import type { McpSource, OciSource } from './mcp-source';
import { McpTransport, type StdioTransport, type StreamableHttpTransport } from './mcp-transport';
import { connectorOf } from './server-program';
import { fail, requireInteger } from '../workload/fail';
import { mebibytes } from '../workload/resources';

/** Ends the synthesis when a server cannot be talked to as its properties say. */
export function checkTransport(server: IConstruct, { source, transport, proxyResources }: McpServerProps): void {
  if (source._spec.type === 'oci' && transport === undefined) {
    fail(server, 'is an image and does not say how it talks: '
      + 'add transport: McpTransport.stdio() or McpTransport.streamableHttp({ port: … })');
  }
  const how = (transport ?? McpTransport.stdio())._spec;
  if (how.type === 'streamableHttp') {
    checkStreamableHttp(server, source, how);
    checkNoProxyResources(server, proxyResources, 'it talks Streamable HTTP itself, so leave them out');
  } else {
    checkStdio(server, source, how);
    if (connectorOf(source, how).type === 'child') {
      checkNoProxyResources(server, proxyResources, 'the proxy and the server share one, so write resources instead');
    }
  }
}

function checkNoProxyResources(server: IConstruct, resources: ContainerResources | undefined, why: string): void {
  if (resources !== undefined) {
    fail(server, `has proxyResources, and no container for the proxy alone: ${why}`);
  }
}

function checkStdio(server: IConstruct, source: McpSource, transport: StdioTransport): void {
  requireInteger(server, 'maxSessions', transport.maxSessions, 1);
  requireInteger(server, 'startedAhead', transport.startedAhead, 0);
  requireInteger(server, 'memoryPerSession in MiB', mebibytes(transport.memoryPerSession), 1);
  const connector = connectorOf(source, transport);
  if (connector.type === 'in-pod') {
    requireInteger(server, 'tasksPerSession', connector.tasksPerSession, 1);
  }
  if (source._spec.type === 'oci') {
    requireCommand(server, source._spec);
  } else if (connector.type === 'in-pod') {
    fail(server, 'is an npm package with the connector McpConnector.inPod(), but the images of packages have our proxy in them, '
      + 'and it starts the server: leave connector out, or use an image of the server alone with McpSource.oci()');
  }
}

function requireCommand(server: IConstruct, { image, command }: OciSource): void {
  if (command === undefined) {
    fail(server, 'is an image that talks stdio, and does not say which program of it does: ours has to start it, and nothing in a '
      + "cluster tells what the image would start. Add it to McpSource.oci(), such as command: ['python', '-m', 'server']; "
      + `\`docker inspect ${image}\` or \`podman inspect ${image}\` shows it as Entrypoint and Cmd`);
  }
}

function checkStreamableHttp(server: IConstruct, source: McpSource, transport: StreamableHttpTransport): void {
  if (source._spec.type === 'npm') {
    fail(server, 'is an npm package with the transport streamableHttp, but packages are run over stdio: '
      + 'leave transport out, or use an image of it with McpSource.oci()');
  }
  const { port, path, healthPath, readyPath } = transport;
  requireInteger(server, 'the port of the transport', port, 1, 65535);
  const wrong = [path, healthPath, readyPath].find((text) => !/^\/[A-Za-z0-9/._~!$&'()*+,;=:@%-]*$/.test(text));
  if (wrong !== undefined) {
    fail(server, `'${wrong}' is no path: write one that begins with a slash and has no query, such as /mcp`);
  }
}
