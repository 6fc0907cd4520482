import { expect, test } from 'vitest';
import { gatewayConfigSchema } from '../../../../lib/contract/gateway-config';
import { proxyConfigSchema } from '../../../../lib/contract/proxy-config';
import { localConfiguration, localEnvironment } from './local-configuration';

const LOCAL = {
  ports: new Map([[8443, '127.0.0.1:20001'], [8080, '127.0.0.1:20003'], [9090, '127.0.0.1:20002']]),
  publicUrl: 'http://127.0.0.1:20001',
  issuer: 'http://127.0.0.1:20000',
};

test('a gateway gets local addresses and the local issuer, and loses TLS; nothing else changes', () => {
  const original = gatewayConfigSchema.parse({
    listen: '0.0.0.0:8443',
    admin: '[::]:9090',
    tls: { certificateFile: '/tls/tls.crt', keyFile: '/tls/tls.key' },
    publicUrl: 'https://mcp.example.com',
    authentication: {
      issuers: [{ issuer: 'https://a.example.com', groupsClaim: 'roles' }, { issuer: 'https://b.example.com' }],
      requiredScopes: ['mcp'],
    },
    policy: { directory: '/policy' },
    sessionKeysFile: '/keys.json',
    servers: [],
  });
  const { config, changes } = localConfiguration(original, LOCAL);
  expect(config).toEqual({
    ...original,
    tls: undefined,
    listen: '127.0.0.1:20001',
    admin: '127.0.0.1:20002',
    publicUrl: 'http://127.0.0.1:20001',
    authentication: { issuers: [{ issuer: 'http://127.0.0.1:20000', groupsClaim: 'groups' }], requiredScopes: ['mcp'] },
  });
  expect(changes).toEqual([
    'listen 0.0.0.0:8443 → 127.0.0.1:20001',
    'admin [::]:9090 → 127.0.0.1:20002',
    'publicUrl https://mcp.example.com → http://127.0.0.1:20001',
    'issuers https://a.example.com, https://b.example.com → http://127.0.0.1:20000',
    'tls dropped: plain HTTP on this machine',
  ]);
  expect(original.tls).toBeDefined();
});

test('of a proxy only the addresses change', () => {
  const original = proxyConfigSchema.parse({
    server: 'files', listen: '0.0.0.0:8080', admin: '0.0.0.0:9090', connector: { type: 'child', command: ['x'] },
  });
  const { config } = localConfiguration(original, LOCAL);
  expect(config).toEqual({ ...original, listen: '127.0.0.1:20003', admin: '127.0.0.1:20002' });
});

test('AUTH_ISSUER follows the issuer, where it is set', () => {
  expect(localEnvironment({ A: 'b' }, LOCAL)).toEqual({ environment: { A: 'b' }, changes: [] });
  expect(localEnvironment({ AUTH_ISSUER: 'https://x.example.com' }, LOCAL)).toEqual({
    environment: { AUTH_ISSUER: LOCAL.issuer },
    changes: ['AUTH_ISSUER https://x.example.com → http://127.0.0.1:20000'],
  });
});
