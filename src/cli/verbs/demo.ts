import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fermataHome, homePaths } from '#core/base/paths.ts';
import { EXIT, refused } from '#cli/exit.ts';
import type { Call, Verb } from '#cli/verb.ts';
import { installPrograms } from './install.ts';

export const demo: Verb = {
  name: 'demo',
  summary: 'Play a session with three workers, to watch it in the panel; Claude is simulated',
  usage: '',
  examples: ['fermata demo'],
  notes: [
    'Workers, runner and hooks are the real ones; it needs no Claude Code and no network. Twice it waits for you: let the call run in the panel, or with fermata release.',
    'It plays in ~/.fermata/demo and touches no project and no settings of yours. Ctrl-C ends it earlier.',
  ],
  run: async (call) => {
    const home = resolve(call.io.cwd, fermataHome(call.io.env));
    await installPrograms(call, home);
    const program = homePaths(home).demoProgram;
    if (!existsSync(program)) throw refused(`the demo is missing: ${program} (install Fermata's hooks again)`);
    return play(program, call);
  },
};

/** Returns the demo's exit code. A Ctrl-C in the terminal reaches the demo directly, so this process waits for its clean-up. */
function play(program: string, { io }: Call): Promise<number> {
  const child = spawn(process.execPath, [program, '--until-eof'], {
    env: io.env,
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const forwardSignal = (signal: NodeJS.Signals): void => void child.kill(signal);
  const ignoreSignal = (): void => {};
  process.on('SIGINT', ignoreSignal).on('SIGTERM', forwardSignal);
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => {
      process.off('SIGINT', ignoreSignal).off('SIGTERM', forwardSignal);
      done(code ?? EXIT.refused);
    });
  });
}
