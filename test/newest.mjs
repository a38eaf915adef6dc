// `npm run test:newest [-- FILTER…]`: the scenarios against the newest Claude Code that npm can install here, in a
// package of its own below out/. Exit code 2: it cannot be installed, and nothing was tested.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const shell = process.platform === 'win32';
const dir = join(here, '..', 'out', 'newest');
const scope = join(dir, 'node_modules', '@anthropic-ai');
// with install scripts off, the platform's own package is where the program is
const platform = join(scope, `claude-code-${process.platform}-${process.arch}`);
const program = join(platform, process.platform === 'win32' ? 'claude.exe' : 'claude');

const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const pinned = manifestOf(join(here, 'runtimes')).devDependencies['@anthropic-ai/claude-code'];

function giveUp(why) {
  console.error(
    `The newest Claude Code cannot be installed here: ${why}\nNothing was tested; npm test runs ${pinned}.`,
  );
  process.exit(2);
}

mkdirSync(dir, { recursive: true });
writeFileSync(join(dir, 'package.json'), '{"name": "fermata-newest-claude", "private": true}\n');
const flags = ['--ignore-scripts', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'];
const install = ['install', '--prefix', dir, ...flags, '--include=optional', '@anthropic-ai/claude-code@latest'];
const { status, stderr, error } = spawnSync('npm', install, { cwd: dir, encoding: 'utf8', shell });
if (status !== 0) giveUp((stderr || String(error ?? '')).trim().split('\n').slice(0, 3).join(' '));
if (!existsSync(program)) giveUp(`there is no build of it for ${process.platform}-${process.arch}`);
console.log(`Claude Code ${manifestOf(platform).version} (npm test runs ${pinned})`);

const args = ['vitest', 'run', '--project', 'claude', ...process.argv.slice(2)];
const env = { ...process.env, FERMATA_TEST_CLAUDE: program };
process.exit(spawnSync('npx', args, { stdio: 'inherit', env, shell }).status ?? 1);
