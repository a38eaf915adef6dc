import { win32 } from 'node:path';
import { findGitBash } from './gitBash.ts';

/**
 * The program and arguments that run a text of a POSIX shell. On Windows that is Git Bash; without it cmd.exe runs what means
 * the same to it. Undefined where nothing here can run the text.
 */
export function shellArgv(
  text: string,
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  gitBash = platform === 'win32' ? findGitBash(env) : undefined,
): string[] | undefined {
  if (platform !== 'win32') return ['/bin/sh', '-c', text];
  if (gitBash !== undefined) return [gitBash, '-c', text];
  return ALIKE.test(text) ? [cmdProgram(env), '/d', '/s', '/c', text] : undefined;
}

/** cmd.exe itself: not from PATH, nor from the folder that one is in, where Windows would look first. */
export const cmdProgram = (env: NodeJS.ProcessEnv): string =>
  win32.join(env['SystemRoot'] ?? String.raw`C:\Windows`, 'System32', 'cmd.exe');

/** Plain words, the first of each command a name; commands are joined by `&&`, the one sign that both shells read alike. */
const ALIKE =
  /^ *[A-Za-z][\w.-]*(?: +[\w.:@+,=-][\w./:@+,=-]*)*(?: *&& *[A-Za-z][\w.-]*(?: +[\w.:@+,=-][\w./:@+,=-]*)*)* *$/;
