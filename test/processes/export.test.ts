import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sessionPaths } from '#core/base/paths.ts';
import { cliProgram, Stage } from '#test/lib/fermata.ts';
import { growLog } from '#test/lib/largeLog.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

/** Half of what the log of this test has; Node and the program take most of it. */
const HEAP_MB = 36;
const LOG_MB = 72;

let stage: Stage;
let lines: number;

beforeAll(() => {
  stage = new Stage();
  lines = growLog(sessionPaths(stage.dir).log, LOG_MB * 1e6);
}, 60_000);

function exportTo(file: string, ...args: string[]) {
  const words = [`--max-old-space-size=${HEAP_MB}`, cliProgram, 'export', '--out', file, ...args];
  const options = { env: stage.env(), cwd: stage.project, encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync(process.execPath, words, options);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}

test('all events of a log are exported with half its size as memory', { timeout: 300_000 }, () => {
  const file = join(stage.root, 'large.json');
  exportTo(file);
  const text = readFileSync(file, 'utf8');
  const rows = text.slice(text.indexOf('"events": [')).split('\n').slice(1, -3);
  expect(rows).toHaveLength(lines + 2);
  for (const row of [rows[0], rows[lines >> 1], rows.at(-1)]) JSON.parse((row ?? '').replace(/,$/, ''));
  JSON.parse(`${text.slice(0, text.indexOf('"events": ['))}"events": []}`);
});

test('a page has the newest events and blocks, and says how many it leaves out', { timeout: 300_000 }, () => {
  const file = join(stage.root, 'large.html');
  exportTo(file);
  expect(statSync(file).size).toBeLessThan(20e6);
  const page = readFileSync(file, 'utf8');
  expect(page).toContain(`<p>${lines + 2 - 5000} earlier ones are left out here.</p>`);
  expect(page).toContain(`<p>${lines / 20 - 2000} earlier ones are left out here.</p>`);
  expect(page).toContain('The JSON export has all events.');
  expect(page).toContain('</html>');
});

test('a file is replaced in one step, a link leads to its file, a folder is refused, a device is written into', async () => {
  const small = new Stage();
  const at = (name: string): string => join(small.root, name);
  writeFileSync(at('old.json'), 'old');
  symlinkSync('old.json', at('link.json'));
  mkdirSync(at('folder'));
  for (const name of ['old.json', 'link.json', 'new.json']) {
    expect(await small.cli({}, 'export', '--out', at(name)), name).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(at(name), 'utf8'))).toMatchObject({ fermataExport: 1 });
  }
  expect(lstatSync(at('link.json')).isSymbolicLink()).toBe(true);
  const refused = await small.cli({}, 'export', '--out', at('folder'));
  expect(refused.code).not.toBe(0);
  expect(refused.err).toContain('is a folder');
  expect(await small.cli({}, 'export', '--out', '/dev/null')).toMatchObject({ code: 0 });
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  expect((await small.cli({}, 'export', '--out', at('nowhere/x.json'))).code).not.toBe(0);
  expect(existsSync(at('nowhere'))).toBe(false);
});
