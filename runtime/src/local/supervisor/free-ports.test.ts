import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePorts } from './free-ports';

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
