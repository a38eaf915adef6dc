import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repoRoot } from './runtimes.ts';
import { tempDir } from './tempDir.ts';

interface RunResult {
  ok: boolean;
  output: string;
}

/** Runs a program in the copy: one of the packages' by its name, any other by its path. */
export function run(copy: string, program: string, ...args: string[]): Promise<RunResult> {
  const options = { cwd: copy, maxBuffer: 16 * 1024 * 1024, env: { ...process.env, CI: '1' } };
  const file = program.includes('/') ? program : join(copy, 'node_modules', '.bin', program);
  return new Promise((resolve) =>
    execFile(file, args, options, (error, out, err) => resolve({ ok: error === null, output: `${out}${err}` })),
  );
}

/** A copy of what is committed, or would be, with the packages and the compiler's memory of the original. */
export function copyOfTheRepository(): string {
  const copy = tempDir('fermata-copy-');
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', list, { cwd: repoRoot, maxBuffer: 16 * 1024 * 1024 })
    .toString()
    .split('\0');
  for (const file of files.filter((file) => file !== '' && existsSync(join(repoRoot, file)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(repoRoot, file), join(copy, file));
  }
  for (const dir of ['node_modules', 'test/runtimes/node_modules'])
    if (existsSync(join(repoRoot, dir)) && !existsSync(join(copy, dir)))
      symlinkSync(join(repoRoot, dir), join(copy, dir));
  if (existsSync(join(repoRoot, 'out/types')))
    cpSync(join(repoRoot, 'out/types'), join(copy, 'out/types'), { recursive: true });
  return copy;
}

/** Where a text goes into a file: before a place that the file has once. */
export type Insertion = [file: string, before: string, text: string];

/** Puts texts into files of the copy. Throws where a file has lost the place, or has it twice. */
export function insert(copy: string, insertions: readonly Insertion[]): void {
  for (const [file, before, text] of insertions) {
    const path = join(copy, file);
    const parts = readFileSync(path, 'utf8').split(before);
    if (parts.length !== 2) throw new Error(`${file} has "${before.trim()}" ${parts.length - 1} times, not once`);
    writeFileSync(path, parts.join(text + before));
  }
}
