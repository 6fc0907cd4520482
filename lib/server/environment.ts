import type { k8s } from 'cdk8s-plus-28';
import type { McpServerProps } from './mcp-server-props';

/** The environment of the container that a server is in. */
export function environment({ env }: McpServerProps): k8s.EnvVar[] | undefined {
  return env && Object.entries(env).map(([name, value]) => ({ name, value }));
}
