import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { repoRoot } from './runtimes.ts';
import { tempDir } from './tempDir.ts';

/** One change of a file: `text` is inserted before the only place that has `before`. */
export type Insertion = readonly [file: string, before: string, text: string];

interface RunResult {
  ok: boolean;
  output: string;
}

/**
 * A copy of the repository, to change and to check: what is committed or would be, with the packages and the compiler's
 * memory of the original.
 */
export class RepositoryCopy {
  readonly dir = tempDir('fermata-copy-');

  constructor() {
    const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
    const files = execFileSync('git', list, { cwd: repoRoot, maxBuffer: 16 * 1024 * 1024 })
      .toString()
      .split('\0');
    for (const file of files.filter((file) => file !== '' && existsSync(join(repoRoot, file)))) {
      mkdirSync(dirname(this.path(file)), { recursive: true });
      cpSync(join(repoRoot, file), this.path(file));
    }
    for (const dir of ['node_modules', 'test/runtimes/node_modules'])
      if (existsSync(join(repoRoot, dir)) && !existsSync(this.path(dir)))
        symlinkSync(join(repoRoot, dir), this.path(dir));
    if (existsSync(join(repoRoot, 'out/types')))
      cpSync(join(repoRoot, 'out/types'), this.path('out/types'), { recursive: true });
  }

  path(file: string): string {
    return join(this.dir, file);
  }

  read(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  write(file: string, text: string): void {
    writeFileSync(this.path(file), text);
  }

  insert([file, before, text]: Insertion): void {
    const source = this.read(file);
    expect(source.split(before).length, `${file} has "${before.trim()}" once`).toBe(2);
    this.write(
      file,
      source.replace(before, () => text + before),
    );
  }

  /** Runs a program with the copy as its working directory. */
  run(program: string, ...args: string[]): Promise<RunResult> {
    const options = { cwd: this.dir, maxBuffer: 16 * 1024 * 1024, env: { ...process.env, CI: '1' } };
    return new Promise((resolve) =>
      execFile(program, args, options, (error, out, err) => resolve({ ok: error === null, output: `${out}${err}` })),
    );
  }

  /** Runs a program of a package, e.g. `tsc`. */
  bin(name: string, ...args: string[]): Promise<RunResult> {
    return this.run(this.path(join('node_modules', '.bin', name)), ...args);
  }
}
