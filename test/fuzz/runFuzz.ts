import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { repoRoot } from '#test/lib/runtimes.ts';

export interface FuzzRun {
  code: number;
  output: string;
  inputs: number;
}

/** Runs a program that `buildFuzz` has made, with these arguments. */
export async function runFuzz(program: string, ...args: string[]): Promise<FuzzRun> {
  const ended = await promisify(execFile)(process.execPath, [program, ...args], { cwd: repoRoot }).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      output: error.stdout + error.stderr,
    }),
  );
  const [, inputs = '0'] = /"inputs":(\d+)/.exec(ended.output) ?? [];
  return { ...ended, inputs: Number(inputs) };
}
