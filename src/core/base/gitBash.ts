import { win32 } from 'node:path';
import { statOf } from './files/facts.ts';
import type { Shell } from './shellQuote.ts';

const isFile = (path: string): boolean => statOf(path)?.isFile() === true;

/**
 * Git Bash on Windows, found as Claude Code finds it: where CLAUDE_CODE_GIT_BASH_PATH says, beside the git on PATH, or where
 * Git's installer puts it. Undefined where there is none. A folder that is not absolute is that of whatever project one is in.
 */
export function findGitBash(env: NodeJS.ProcessEnv, isThere: (path: string) => boolean = isFile): string | undefined {
  const valueOf = (name: string): string =>
    env[Object.keys(env).find((each) => each.toUpperCase() === name.toUpperCase()) ?? name] ?? '';
  const onPath = valueOf('PATH')
    .split(';')
    .filter((dir) => win32.isAbsolute(dir) && isThere(win32.join(dir, 'git.exe')))
    // git.exe is in Git\cmd, Git\bin and Git\mingw64\bin
    .flatMap((dir) => [win32.join(dir, '..'), win32.join(dir, '..', '..')]);
  const installed = ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].flatMap((name) =>
    valueOf(name) === '' ? [] : [win32.join(valueOf(name), name === 'LOCALAPPDATA' ? 'Programs' : '', 'Git')],
  );
  const named = valueOf('CLAUDE_CODE_GIT_BASH_PATH');
  return [
    ...(win32.isAbsolute(named) ? [named] : []),
    ...[...onPath, ...installed].flatMap((git) => [
      win32.join(git, 'bin', 'bash.exe'),
      win32.join(git, 'usr', 'bin', 'sh.exe'),
    ]),
  ].find(isThere);
}

/**
 * The shell that a call runs its command in, or for which a text is that comes with no such call: on Windows Claude has Git Bash
 * where it is found, else PowerShell.
 */
export function shellOf(tool: string | undefined, env: NodeJS.ProcessEnv, platform: NodeJS.Platform): Shell {
  if (tool === 'PowerShell') return 'powershell';
  return tool === 'Bash' || platform !== 'win32' || findGitBash(env) !== undefined ? 'sh' : 'powershell';
}
