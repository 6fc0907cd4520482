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

const PROXY = { server: 'files', listen: '0.0.0.0:8080', admin: '0.0.0.0:9090' };

test('of a proxy only the addresses change, and that it waits for nobody who learns late of its end', () => {
  const original = proxyConfigSchema.parse({
    ...PROXY, connector: { type: 'child', command: ['x'] }, limits: { lagSeconds: 15 },
  });
  const { config, changes } = localConfiguration(original, LOCAL);
  expect(config).toEqual({
    ...original, listen: '127.0.0.1:20003', admin: '127.0.0.1:20002', limits: { ...original.limits, lagSeconds: 0 },
  });
  expect(changes.slice(2)).toEqual(['lagSeconds 15 → 0']);
});

test.each([
  ['in-pod', { type: 'in-pod', socket: '/run/s.sock' }, 'connector in-pod → child, which starts py s.py as your user, and bounds neither memory nor tasks'],
  ['child', { type: 'child', command: ['x'] }, 'connector child → child, which starts py s.py'],
] as const)('a proxy with the connector %s starts the command that is given for its server', (_type, connector, change) => {
  const original = proxyConfigSchema.parse({ ...PROXY, connector });
  const { config, changes } = localConfiguration(original, { ...LOCAL, serverCommand: 'py s.py' });
  expect(config).toMatchObject({ connector: { type: 'child', command: ['/bin/sh', '-c', 'py s.py'] } });
  expect(changes).toContain(change);
});

test('AUTH_ISSUER follows the issuer, where it is set', () => {
  expect(localEnvironment({ A: 'b' }, LOCAL)).toEqual({ environment: { A: 'b' }, changes: [] });
  expect(localEnvironment({ AUTH_ISSUER: 'https://x.example.com' }, LOCAL)).toEqual({
    environment: { AUTH_ISSUER: LOCAL.issuer },
    changes: ['AUTH_ISSUER https://x.example.com → http://127.0.0.1:20000'],
  });
});
