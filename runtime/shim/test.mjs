// Vets and tests the shim: node runtime/shim/test.mjs
import { spawnSync } from 'node:child_process';
import { findGo, SOURCES } from './go.mjs';

const go = findGo();
for (const args of [['vet', '.'], ['test', '.']]) {
  const { status } = spawnSync(go, args, {
    cwd: SOURCES, env: { ...process.env, CGO_ENABLED: '0' }, stdio: 'inherit',
  });
  if (status !== 0) {
    process.exit(1);
  }
}
