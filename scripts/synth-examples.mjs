// Synthesizes every example to examples/NAME/dist/, as `cdk8s synth` would.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const examples = join(import.meta.dirname, '..', 'examples');

for (const name of readdirSync(examples)) {
  const directory = join(examples, name);
  if (existsSync(join(directory, 'main.ts'))) {
    rmSync(join(directory, 'dist'), { recursive: true, force: true });
    execFileSync(process.execPath, ['--import', 'tsx', 'main.ts'], {
      cwd: directory,
      env: { ...process.env, CDK8S_OUTDIR: 'dist' },
      stdio: 'inherit',
    });
    console.log(`examples/${name}/dist: ${readdirSync(join(directory, 'dist')).join(', ')}`);
  }
}
