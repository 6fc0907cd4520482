import { readFileSync } from 'node:fs';
import { createServer as createHttp, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { GatewayConfig } from '../../../lib/contract/gateway-config';
import { UsageError } from '../platform/usage-error';

const OPTIONS: ServerOptions = {
  // An access token and a session id of 8 KiB each, and some room.
  maxHeaderSize: 32 * 1024,
  // Clients that send a byte now and then do not hold connections for long.
  headersTimeout: 15_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 5000,
  // Longer than the 60 s of common load balancers: the side that reuses connections is to close them.
  keepAliveTimeout: 75_000,
};

/**
 * The server for clients: with TLS where it does not end before the gateway.
 *
 * @throws UsageError when certificate or key cannot be used.
 */
export function createHttpServer(tls: GatewayConfig['tls'], listener: RequestListener): Server {
  if (tls === undefined) {
    return createHttp(OPTIONS, listener);
  }
  const { certificateFile, keyFile } = tls;
  const credentials = { cert: read(certificateFile), key: read(keyFile) };
  try {
    return createHttps({ ...OPTIONS, ...credentials, minVersion: 'TLSv1.2' }, listener);
  } catch (error) {
    throw new UsageError(
      `${certificateFile} and ${keyFile} are not a certificate and its key: ${(error as Error).message}`);
  }
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
