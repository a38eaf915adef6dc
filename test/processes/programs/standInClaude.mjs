// Plays Claude Code's process: fires hooks and runs commands below itself, each as its test asks for on standard input.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

for await (const line of createInterface({ input: process.stdin })) {
  const { id, file, args, env, cwd, input } = JSON.parse(line);
  const child = spawn(file, args, { env, cwd });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  child.on('close', (code) => process.stdout.write(`${JSON.stringify({ id, code: code ?? -1, out, err })}\n`));
}
