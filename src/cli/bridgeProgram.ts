import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statOf } from '#core/base/files/facts.ts';
import { isRecord } from '#core/base/json.ts';
import { homePaths } from '#core/base/paths.ts';
import type { ConnectionTestResult } from '#core/machines/connectionTest.ts';
import { refused } from './exit.ts';

/** The bridge's program, which alone knows the server. Throws a refusal where it is not installed. */
function programOf(home: string): string {
  const program = homePaths(home).bridge;
  if (statOf(program)?.isFile() !== true)
    throw refused(`${program} is missing: install Fermata's hooks again ("fermata install")`);
  return program;
}

/** Runs the bridge here until it ends or is interrupted; its exit code. */
export async function runBridgeHere(home: string, env: NodeJS.ProcessEnv, args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [programOf(home), ...args], {
    env: { ...env, FERMATA_HOME: home },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, forward);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

/** Tries the server that the settings of a home name. */
export async function probeServer(home: string, env: NodeJS.ProcessEnv): Promise<ConnectionTestResult> {
  const child = spawn(process.execPath, [programOf(home), '--probe'], {
    env: { ...env, FERMATA_HOME: home },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  await once(child, 'close');
  try {
    const value: unknown = JSON.parse(output);
    if (isRecord(value) && typeof value['ok'] === 'boolean') return value as unknown as ConnectionTestResult;
  } catch {
    // what it printed is no answer
  }
  return { ok: false, server: '', problem: `the bridge failed; see ${homePaths(home).logs}` };
}
