import { join } from 'node:path';
import { createLog } from '#core/log/append.ts';
import { installRuntime } from '#core/install/runtimeFiles.ts';
import { sessionDir } from '#core/base/paths.ts';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { ratio } from './figure.ts';
import { processTime } from './processTime.ts';

/** The installed command as whole processes, without the shell that finds Node for it and with it, against a bare Node. */
export async function cliBench(): Promise<void> {
  const root = tempDir('fermata-bench-');
  const home = join(root, '.fermata');
  const options = { home, distDir: join(repoRoot, 'dist'), nodePath: process.execPath, version: 'bench' };
  const installed = installRuntime(options);
  if (!installed.ok) throw new Error(installed.message);
  const dir = sessionDir(home, 'bench');
  createLog(dir, Date.now());
  const env = cleanEnv(root, { FERMATA_HOME: home, FERMATA_SESSION_DIR: dir, FERMATA_WORKER: 'W1' });
  const node = (...args: string[]) => processTime({ file: process.execPath, args, env });
  const program = join(home, 'lib', 'fermata.cjs');
  const bare: [string, () => Promise<number>] = ['node -e 0', () => node('-e', '0')];
  await ratio('cli-progress', 30, () => node(program, 'progress', '60'), bare, 1.3);
  const command = (...args: string[]) => processTime({ file: join(home, 'bin', 'fermata'), args, env });
  const through: [string, () => Promise<number>] = [
    'sh -c, then node -e 0',
    () => processTime({ file: '/bin/sh', args: ['-c', `exec "${process.execPath}" -e 0`], env }),
  ];
  await ratio('cli-progress-by-its-command', 30, () => command('progress', '60'), through, 1.3);
  await ratio('cli-block', 30, () => node(program, 'block', 'wait', '--key', 'k'), bare, 1.5);
  await ratio('cli-status', 30, () => node(program, 'status'), bare, 1.5);
}
