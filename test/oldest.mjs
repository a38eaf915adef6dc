// `npm run test:oldest [-- FILTER…]`: the tests in the real editor, in the oldest VS Code that the manifest allows
// (engines.vscode), as a server build in a package of its own (test/oldest). Exit code 2: that is not what is pinned there.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const manifest = (...path) => JSON.parse(readFileSync(join(here, ...path, 'package.json'), 'utf8'));

// code-server 4.105.1 carries VS Code 1.105.1
const carried = manifest('oldest').devDependencies['code-server'].replace(/^4\./, '1.');
const [oldest] = /\d+\.\d+/.exec(manifest('..').engines.vscode);
if (!carried.startsWith(`${oldest}.`)) {
  console.error(
    `package.json promises VS Code ${oldest}, test/oldest has ${carried}. Nothing was tested: make them one.`,
  );
  process.exit(2);
}
console.log(`VS Code ${carried}`);

const filters = process.argv.slice(2);
const args = [
  'vitest',
  'run',
  '--project',
  'vscode',
  ...(filters.length > 0 ? filters : ['host', 'firstRun', 'panel']),
];
const env = { ...process.env, FERMATA_TEST_EDITOR: 'oldest' };
process.exit(spawnSync('npx', args, { stdio: 'inherit', env, shell: process.platform === 'win32' }).status ?? 1);
