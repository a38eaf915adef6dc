// `npm test`: checks, build, then every kind of test in turn. Prints one line at the end: `N passed, N failed`.
// A step that cannot be counted (types, lint) counts as one test.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const only = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'fermata-test-run-'));
let passed = 0;
let failed = 0;

/** One command that counts as one test. */
function step(name, command, args) {
  const started = Date.now();
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status === 0) passed++;
  else failed++;
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`);
  return status === 0;
}

/** A vitest project; its own count is taken from its report. */
function suite(project) {
  const report = join(scratch, `${project}.json`);
  const args = [
    'vitest',
    'run',
    '--project',
    project,
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const { status } = spawnSync('npx', args, { stdio: 'inherit', shell: process.platform === 'win32' });
  try {
    const counts = JSON.parse(readFileSync(report, 'utf8'));
    passed += counts.numPassedTests;
    failed += counts.numFailedTests;
    // a file that does not load has no tests to fail
    if (status !== 0 && counts.numFailedTests === 0) failed++;
  } catch {
    failed++;
  }
}

const wanted = (name) => only.length === 0 || only.includes(name);
try {
  if (wanted('check')) {
    step('types', 'npx', ['tsc', '-b']);
    step('lint', 'npm', ['run', '-s', 'lint']);
    step('format', 'npx', ['prettier', '--check', '--log-level', 'warn', '.']);
    step('dead code', 'npx', ['knip']);
  }
  const built = step('build', 'node', ['esbuild.mjs']);
  for (const project of ['unit', 'processes', 'machines', 'claude', 'newest', 'web', 'vscode'])
    if (built && wanted(project)) suite(project);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
