#!/usr/bin/env node
import { existsSync } from 'node:fs';

const bundle = new URL('../build/runtime/main.mjs', import.meta.url);
if (!existsSync(bundle)) {
  process.stderr.write('cdk8s-mcp is not built yet: run npm ci\n');
  process.exit(2);
}
await import(bundle.href);
