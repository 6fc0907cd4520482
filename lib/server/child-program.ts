import { environment } from './environment';
import type { NpmSource, OciSource } from './mcp-source';
import type { ServerProgram } from './server-pod';
import {
  PROXY_MOUNTS, TMP_MOUNT, TMP_VOLUME, mountsOf, proxyVolumes, scratchVolumes,
} from './server-volumes';
import { PROXY_CONTAINER, PROXY_ENDPOINT, proxyFiles, stdioResources, type StdioProgramOptions } from './stdio-program';
import type { ProxyConfigInput } from '../contract/proxy-config';

/** Our proxy without a session, with what Node takes at start. */
const PROXY_MEBIBYTES = 128;

/**
 * A server on stdin and stdout, started by our proxy in the same container. The image is made of ours: its entrypoint
 * is our program, and stays.
 */
export function childProgram(options: StdioProgramOptions): ServerProgram {
  return {
    ...PROXY_ENDPOINT,
    ...stdioResources(options.transport, PROXY_MEBIBYTES),
    proxyFiles: proxyFiles(options, { type: 'child', ...startOf(options.source) }),
    pod: ({ props, image, resources, configuration }) => ({
      containers: [{
        ...PROXY_CONTAINER,
        image, resources,
        env: environment(props),
        volumeMounts: [TMP_MOUNT, ...PROXY_MOUNTS, ...mountsOf(props)],
      }],
      volumes: [TMP_VOLUME, ...proxyVolumes(configuration!), ...scratchVolumes(props)],
    }),
  };
}

function startOf(source: NpmSource | OciSource): Pick<ProxyConfigInput['connector'] & { type: 'child' }, 'npm' | 'command'> {
  return source.type === 'npm'
    ? { npm: { package: source.package, version: source.version, args: source.args } }
    : { command: [...source.command!, ...source.args ?? []] };
}
