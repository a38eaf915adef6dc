import { spawn } from 'node:child_process';

export interface Command {
  file: string;
  args: string[];
  env: Record<string, string>;
  stdin?: string;
}

/** Runs a command to its end; returns its wall time in milliseconds. */
export function processTime({ file, args, env, stdin = '' }: Command): Promise<number> {
  const started = process.hrtime.bigint();
  const child = spawn(file, args, { env, stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve(Number(process.hrtime.bigint() - started) / 1e6));
  });
}
