import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ancestryOf, type ProcessEntry } from '#core/base/ancestry.ts';
import { workingDirectory } from '#core/base/workingDirectory.ts';
import { writeAll } from '#core/base/stdio.ts';
import { escapedText } from '#protocol/hiddenText.ts';
import type { Io } from './verb.ts';
import { run } from './run.ts';
import { WORKER_VERBS } from './workerVerbs.ts';

// under the name `claude-code-hook` the program runs the verb `hook`
const asHook = basename(process.argv[1] ?? '').startsWith('claude-code-hook');
const argv = [...(asHook ? ['hook'] : []), ...process.argv.slice(2)];

// an installed command takes the Fermata home from its own path, <home>/lib/fermata.cjs
const parentDir = dirname(dirname(process.argv[1] ?? ''));
const installed = basename(dirname(process.argv[1] ?? '')) === 'lib' && existsSync(join(parentDir, 'hooks', 'gate.sh'));
const env: NodeJS.ProcessEnv =
  installed && !process.env['FERMATA_HOME'] ? { ...process.env, FERMATA_HOME: parentDir } : { ...process.env };
// this variable made an editor's program run this file; commands that this file starts must not inherit it
delete env['ELECTRON_RUN_AS_NODE'];

/**
 * Writes synchronously, because Node's streams take long to load. A closed reader (`fermata log | head`) is no failure.
 * Whatever a verb prints, JSON or not, no hidden character of others reaches a terminal.
 */
function write(fd: number, text: string): void {
  try {
    writeAll(fd, escapedText(text));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0);
    throw error;
  }
}

let line: readonly ProcessEntry[] | undefined;
/** Read once, and only where it is needed. */
const ancestry = (): readonly ProcessEntry[] | undefined => (line ??= ancestryOf(process.pid));

const io: Io = {
  stdout: (text) => write(1, text),
  stderr: (text) => write(2, text),
  // a getter, because opening standard input takes longer than most verbs
  get stdin() {
    return process.stdin;
  },
  env,
  cwd: workingDirectory(),
  now: Date.now,
  ancestry,
};
const workerOnly = WORKER_VERBS.some((v) => v.name === argv[0]);
(workerOnly ? run(WORKER_VERBS, argv, io) : import('./table.ts').then(({ VERBS }) => run(VERBS, argv, io)))
  .then((code) => {
    process.exitCode = code;
  })
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
