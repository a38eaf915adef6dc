import { chmodSync, chownSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { canMount } from '#test/lib/stress/fullDisk.ts';
import { bundle, Running } from '#test/lib/stress/program.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

/** A user without rights: root ignores modes. */
const NOBODY = 65_534;
const before = '{"model": "opus"}\n';
let root: string;
let folder: string;
let file: string;

beforeEach(() => {
  root = tempDir();
  folder = join(root, 'project', '.claude');
  file = join(folder, 'settings.local.json');
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, before);
  mkdirSync(join(root, 'home'));
  for (const path of [root, join(root, 'home'), join(root, 'project'), folder, file]) {
    chmodSync(path, 0o755);
    if (process.getuid?.() === 0) chownSync(path, NOBODY, NOBODY);
  }
});

interface Outcome {
  ok: boolean;
  message: string;
}

/** The command line that installs or uninstalls as that user. */
async function command(action: 'install' | 'uninstall'): Promise<string[]> {
  const target = { scope: 'local', projectDir: join(root, 'project') };
  const options = { ...target, home: join(root, 'home', '.fermata'), userHome: root, permissions: true };
  return [process.execPath, await bundle('installer'), String(NOBODY), action, JSON.stringify(options)];
}

async function linesOf([program = '', ...args]: string[]): Promise<string[]> {
  const running = new Running(program, args);
  const { stderr } = await running.ended;
  if (running.lines.length === 0) throw new Error(stderr);
  return running.lines;
}

async function as(action: 'install' | 'uninstall'): Promise<Outcome> {
  return JSON.parse((await linesOf(await command(action)))[0] ?? '') as Outcome;
}

function untouched(): void {
  chmodSync(folder, 0o755);
  chmodSync(file, 0o644);
  expect(readFileSync(file, 'utf8')).toBe(before);
  expect(readdirSync(folder)).toEqual(['settings.local.json']);
}

describe.skipIf(process.getuid?.() !== 0)('as a user without rights', () => {
  test('the same works where nothing is wrong', async () => {
    expect(await as('install')).toMatchObject({ ok: true });
    expect(readFileSync(file, 'utf8')).toContain('gate.sh');
    expect(await as('uninstall')).toMatchObject({ ok: true });
    untouched();
  });

  test.each<[string, () => void, string]>([
    ['a read-only file', () => chmodSync(file, 0o444), 'is read-only'],
    ['a read-only folder', () => chmodSync(folder, 0o555), 'may not be read or written by this user (EACCES)'],
    ['an unreadable file', () => chmodSync(file, 0o200), 'may not be read or written by this user (EACCES)'],
    ['an unreadable folder', () => chmodSync(folder, 0o000), 'may not be read or written by this user (EACCES)'],
    ['a home that may not be written', () => chmodSync(join(root, 'home'), 0o555), '(EACCES)'],
  ])('%s is refused in a sentence, and nothing is changed', async (_, breakIt, message) => {
    breakIt();
    expect(await as('install')).toEqual({ ok: false, message: expect.stringContaining(message) });
    untouched();
  });

  test('a read-only file with hooks in it cannot be cleaned, and says so', async () => {
    await as('install');
    const installed = readFileSync(file, 'utf8');
    chmodSync(file, 0o444);
    expect(await as('uninstall')).toMatchObject({ ok: false, message: expect.stringContaining('is read-only') });
    expect(readFileSync(file, 'utf8')).toBe(installed);
  });

  test.skipIf(!canMount())('a full disk is refused in a sentence, and nothing is changed', async () => {
    // a disk of one page is mounted over the settings folder, for this process only; its content is printed
    const script =
      'mount -t tmpfs -o size=4k,mode=777 tmpfs "$1" && printf %s "$2" >"$1/$3" && chown "$4" "$1/$3" && cd "$1" && name=$3 && shift 4 && "$@" && ls -A && cat "$name"';
    const args = [folder, before, 'settings.local.json', String(NOBODY), ...(await command('install'))];
    const [outcome = '', ...rest] = await linesOf(['unshare', '-m', 'sh', '-c', script, 'sh', ...args]);
    expect(JSON.parse(outcome)).toEqual({ ok: false, message: expect.stringContaining('no space left') });
    expect(rest).toEqual(['settings.local.json', before.trimEnd()]);
  });
});
