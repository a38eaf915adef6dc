import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { writeAll } from '#core/base/stdio.ts';
import type { Io } from './io.ts';
import { run } from './run.ts';
import { WORKER_VERBS } from './workerVerbs.ts';

// the same program answers to the name under which scripts expect a hook to be invoked
const asHook = basename(process.argv[1] ?? '').startsWith('claude-code-hook');
const argv = [...(asHook ? ['hook'] : []), ...process.argv.slice(2)];

// an installed command takes its home from its own path, <home>/lib/fermata.cjs, whatever else is set up
const parentDir = dirname(dirname(process.argv[1] ?? ''));
const installed = basename(dirname(process.argv[1] ?? '')) === 'lib' && existsSync(join(parentDir, 'hooks', 'gate.sh'));
const env: NodeJS.ProcessEnv =
  installed && !process.env['FERMATA_HOME'] ? { ...process.env, FERMATA_HOME: parentDir } : { ...process.env };
// how an editor's own program was made to run this is nothing for what this runs
delete env['ELECTRON_RUN_AS_NODE'];

/** At once, without the streams that take long to load; a reader that has gone away (`fermata log | head`) is no failure. */
function write(fd: number, text: string): void {
  try {
    writeAll(fd, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0);
    throw error;
  }
}

const io: Io = {
  stdout: (text) => write(1, text),
  stderr: (text) => write(2, text),
  // opening it takes longer than most verbs
  get stdin() {
    return process.stdin;
  },
  env,
  cwd: process.cwd(),
  now: Date.now,
};
const workerOnly = WORKER_VERBS.some((v) => v.name === argv[0]);
(workerOnly ? run(WORKER_VERBS, argv, io) : import('./fullCli.ts').then(({ runFullCli }) => runFullCli(argv, io)))
  .then((code) => {
    process.exitCode = code;
  })
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
