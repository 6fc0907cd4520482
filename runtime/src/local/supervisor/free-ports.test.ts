import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePorts, requireFree } from './free-ports';

test('finds as many different ports as asked for, on which programs can listen', async () => {
  const ports = await freePorts(10);
  expect(new Set(ports).size).toBe(10);
  for (const port of ports) {
    await new Promise<void>((resolve, reject) => {
      const server = createServer().once('error', reject);
      server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
    });
  }
});

test('never gives out a port twice, even when many ask at once', async () => {
  const all = (await Promise.all(Array.from({ length: 20 }, () => freePorts(12)))).flat();
  expect(new Set(all).size).toBe(all.length);
});

test('an address that is in use is refused before anything is started', async () => {
  const [port] = await freePorts(1);
  const address = { host: '127.0.0.1', port: port! };
  await expect(requireFree(address)).resolves.toBeUndefined();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await expect(requireFree(address)).rejects.toThrow(`127.0.0.1:${port} is in use: choose another --listen`);
  await new Promise((resolve) => server.close(resolve));
  await expect(requireFree({ host: '203.0.113.1', port: 8080 })).rejects.toThrow('(EADDRNOTAVAIL)');
});
