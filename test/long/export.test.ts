import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { sessionPaths } from '#core/base/paths.ts';
import { cliProgram, Stage } from '#test/lib/fermata.ts';
import { growLog } from '#test/lib/largeLog.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

/** Prints, after the program, the most memory that its process had, in KB. */
const MEASURE = `process.on('exit', () => console.error(process.resourceUsage().maxRSS));`;

test.each(['json', 'html'])('a log of 1 GB is exported as %s in less than 300 MB', { timeout: 3_600_000 }, (format) => {
  const stage = new Stage();
  growLog(sessionPaths(stage.dir).log, 1e9);
  const file = join(stage.root, `large.${format}`);
  const preload = `data:text/javascript,${encodeURIComponent(MEASURE)}`;
  const args = ['--import', preload, cliProgram, 'export', '--out', file];
  const { status, stderr } = spawnSync(process.execPath, args, { env: stage.env(), encoding: 'utf8' });
  expect(status).toBe(0);
  const maxMegabytes = Number(stderr) / 1000;
  console.log(`${format}: ${maxMegabytes.toFixed(0)} MB at most, ${(statSync(file).size / 1e6).toFixed(0)} MB written`);
  expect(maxMegabytes).toBeLessThan(300);
  expect(tail(file)).toMatch(format === 'json' ? /\}\n {2}\]\n\}\n$/ : /<\/html>\n$/);
});

function tail(file: string): string {
  const fd = openSync(file, 'r');
  const bytes = Buffer.alloc(100);
  readSync(fd, bytes, 0, 100, statSync(file).size - 100);
  closeSync(fd);
  return bytes.toString('utf8');
}
