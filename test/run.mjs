// `npm test`: checks, build, then every kind of test in turn. Prints at the end what failed, with the beginning of each error (a log
// is often kept by its end alone), and one line: `N passed, N failed`.
// A step that cannot be counted (types, lint) counts as one test.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const only = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'fermata-test-run-'));
let passed = 0;
/** Each: where, what, and the beginning of the error. */
const failures = [];
/** How long each kind of test took, and which of its files took longest. */
const durations = [];

/** One command that counts as one test. */
function step(name, command, args) {
  const started = Date.now();
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status === 0) passed++;
  else failures.push(name);
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
  const started = Date.now();
  const { status } = spawnSync('npx', args, { stdio: 'inherit', shell: process.platform === 'win32' });
  const took = seconds(Date.now() - started);
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    passed += numPassedTests;
    durations.push(`${project} took ${took}: ${longest(testResults)}`);
    for (const file of testResults) {
      const where = `${project} ${relative(process.cwd(), file.name)}`;
      for (const { status: result, fullName, failureMessages } of file.assertionResults)
        if (result === 'failed') failures.push(`${where} > ${fullName}: ${beginning(failureMessages.join('\n'))}`);
      // a file that does not load, or cannot clean up, has no test that failed
      if (file.status === 'failed' && file.assertionResults.every(({ status: result }) => result !== 'failed'))
        failures.push(`${where}: ${beginning(file.message)}`);
    }
    if (status !== 0 && numFailedTests === 0 && testResults.every((file) => file.status !== 'failed'))
      failures.push(`${project}: ended with ${status}`);
  } catch (error) {
    failures.push(`${project}: no report (${error.message})`);
  }
}

const seconds = (ms) => `${(ms / 1000).toFixed(0)} s`;

/** The files that took longest, with their times. */
function longest(files) {
  const times = files.map(({ name, startTime, endTime }) => ({
    name: basename(name, '.test.ts'),
    ms: endTime - startTime,
  }));
  const slow = times.toSorted((a, b) => b.ms - a.ms).slice(0, 12);
  return slow.map(({ name, ms }) => `${name} ${seconds(ms)}`).join(', ');
}

/** What an error says, without the stack: 12 lines of 300 characters at most. */
function beginning(text = '') {
  const lines = stripVTControlCharacters(text).split('\n');
  const stack = lines.findIndex((line) => /^\s+at /.test(line));
  return lines
    .slice(0, stack === -1 ? 12 : Math.min(stack, 12))
    .map((line) => line.slice(0, 300))
    .join('\n     ');
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
  for (const project of ['unit', 'simulation', 'fuzz', 'processes', 'machines', 'claude', 'newest', 'web', 'vscode'])
    if (built && wanted(project)) suite(project);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
for (const duration of durations) console.log(duration);
for (const failure of failures) console.log(`FAIL ${failure}`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length === 0 && passed > 0 ? 0 : 1);
