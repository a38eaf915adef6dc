import { win32 } from 'node:path';
import { cmdProgram } from '#core/base/shellProgram.ts';
import { isSince, SINCE } from '#core/claude/versions.ts';
import type { HookEntry } from './settings/hookShape.ts';

/** What an entry on Windows starts. */
export interface WindowsProgram {
  /** The Fermata home, absolute. */
  home: string;
  /** The Node that runs the hook program. */
  node: string;
  /** Whether that is an editor's own executable, which opens a window unless a variable makes it Node. */
  electron: boolean | undefined;
  /** Whether a hook that fails refuses the call (setting `failClosed`). */
  refuses: boolean;
  /** The oldest Claude Code that is known to read the entry; without it none is known. */
  claude: string | undefined;
}

/**
 * An entry in exec form, which Claude Code starts without a shell: Node with the hook program or, where a variable has to be set
 * or a failure has to be judged, cmd.exe with the launcher gate.cmd. cmd.exe is always there, and the line ends well where the
 * launcher is gone: with a home that was deleted no call is refused, as on other systems (refusingEntry.ts).
 */
export function windowsEntry(program: WindowsProgram, args: readonly string[], timeout: number): HookEntry {
  const { home, node, electron, refuses, claude } = program;
  const hooks = win32.join(home, 'hooks');
  if (electron !== true && !refuses)
    return { type: 'command', command: node, args: [win32.join(hooks, 'hook.cjs'), ...args], timeout };
  const launcher = cmdWord(win32.join(hooks, 'gate.cmd'));
  const start = ['/d', '/c', 'if', 'exist', launcher, '(', launcher, ...args, ')'];
  if (!refuses) return { type: 'command', command: cmdProgram(process.env), args: start, timeout };
  const refuse = ['else', 'if', 'exist', cmdWord(win32.join(home, 'fail-closed')), '(', 'exit', '2', ')'];
  const entry: HookEntry = { type: 'command', command: cmdProgram(process.env), args: [...start, ...refuse], timeout };
  return isSince(claude, SINCE.refusesOnFailure) ? { ...entry, onFailure: 'block' } : entry;
}

/**
 * A path as an argument that cmd.exe reads back. Who starts a program on Windows writes its arguments as one line, with quotes
 * around those that have a blank in them, between which cmd.exe takes all as it is; elsewhere a caret has to stand before what
 * it would interpret.
 */
const cmdWord = (path: string): string => (/[ \t]/.test(path) ? path : path.replaceAll(/[&|<>()^]/g, '^$&'));

/** A path that was written by `cmdWord`. */
export const fromCmdWord = (word: string): string => word.replaceAll(/\^([&|<>()^])/g, '$1');

/**
 * Why the entries of a home cannot be written for Windows; undefined if they can. Where they start cmd.exe, that puts a value in
 * place of `%NAME%`, quoted or not, so the entry would find no gate and let every call pass.
 */
export function windowsProblem(home: string, electron: boolean | undefined, refuses: boolean): string | undefined {
  if (!home.includes('%') || (electron !== true && !refuses)) return undefined;
  const [why, what] =
    electron === true
      ? ['Without Node itself', 'Install Node 20 or newer, or set']
      : ['With fermata.failClosed', 'Turn that setting off, or set'];
  return `${why} the hooks are started by cmd.exe, which cannot be given the path ${home}, for the % in it. ${what} FERMATA_HOME to another folder`;
}
