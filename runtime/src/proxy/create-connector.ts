import type { ProxyConfig } from '../../../lib/contract/proxy-config';
import type { Logger } from '../platform/logger';
import { ChildConnector } from './child-connector';
import type { Connector } from './connector';
import { InPodConnector } from './in-pod/in-pod-connector';
import { findPackageProgram } from './npm-package';

/** @throws UsageError when the server's package is not there. */
export function createConnector(config: ProxyConfig['connector'], logger: Logger): Connector {
  if (config.type === 'in-pod') {
    return new InPodConnector(config.socket, logger);
  }
  const { npm, command } = config;
  if (npm === undefined) {
    return new ChildConnector(command!, logger);
  }
  const program = findPackageProgram(npm.package, npm.version, process.cwd());
  return new ChildConnector([process.execPath, program, ...npm.args], logger);
}
