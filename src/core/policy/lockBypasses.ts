import { basename, join, resolve } from 'node:path';
import { inHome } from '#core/base/realPath.ts';
import type { Block, SessionState } from '#protocol/state.ts';
import { isActive } from '#core/fold/queries.ts';
import type { CallContext } from './activeBlocks.ts';
import { matches } from './match/match.ts';
import { changedDirs } from './shell/changedDirs.ts';
import type { CommandReading } from './shell/readCommand.ts';

/** Programs that change or remove every file in their arguments. */
const WRITES_ALL_ARGS = new Set(['tee', 'rm', 'unlink', 'truncate', 'shred', 'mv', 'patch', 'touch', 'sponge']);
/** Programs that write the file in their last argument, or into the folder of their option `-t`. */
const WRITES_LAST_ARG = new Set(['cp', 'mv', 'install', 'ln', 'rsync', 'scp']);
/** Programs that change the files in their arguments only with an option such as `-i`. */
const IN_PLACE = new Set(['sed', 'perl', 'ruby', 'awk', 'gawk']);
/** Programs that write the file that an option names. */
const OUTPUT_OPTION: Readonly<Record<string, RegExp | undefined>> = {
  curl: /^(?:-o|--output)$/,
  wget: /^(?:-O|--output-document)$/,
  sort: /^(?:-o|--output)$/,
};
/** Git's verbs that write the files in their arguments. */
const GIT_WRITES = new Set(['checkout', 'restore', 'rm', 'mv']);

/** The locks that bind the one who calls: the holder of a lock may write in any way. */
export function locksOfOthers(state: SessionState, context: CallContext, now: number): Block[] {
  return [...state.blocks.values()].filter(
    (b) => b.cause.kind === 'lock' && isActive(b, now) && b.worker !== (context.agentId ?? context.role),
  );
}

/**
 * The file locks that a Bash call has bypassed, as far as its command shows. A lock's block refuses only the tools that
 * edit files, so the call was not refused.
 */
export function lockBypasses(
  locks: Block[],
  reading: CommandReading,
  { call, root }: CallContext,
): { block: Block; path: string }[] {
  if (call === undefined) return [];
  const { paths, dirs } = writtenPaths(reading);
  const baseDirs = [call.cwd, ...dirs.map((dir) => resolve(call.cwd, inHome(dir)))];
  return locks.flatMap((block) => {
    const match = { path: block.match?.path };
    const path = paths.find((file_path) =>
      baseDirs.some((cwd) => matches(match, { tool: call.tool, input: { file_path }, cwd }, root)),
    );
    return path === undefined ? [] : [{ block, path }];
  });
}

/**
 * The paths that a command writes, moves or removes: by redirection, `tee`, `sed -i`, `mv`, `cp` and so on. The writes of
 * a script that it runs are not seen. A relative path may start in any of `dirs`, the folders that it changes into.
 */
export function writtenPaths(reading: CommandReading): { paths: string[]; dirs: string[] } {
  const paths = reading.redirects.map(({ text }) => text);
  for (const argv of reading.commands) {
    const [program = '', ...args] = argv.map(({ text }) => text);
    paths.push(...pathsWrittenBy(basename(program), args));
  }
  return { paths: [...new Set(paths.map((path) => inHome(path)))], dirs: changedDirs(reading) };
}

function pathsWrittenBy(name: string, args: string[]): string[] {
  const operands = args.filter((arg) => !arg.startsWith('-'));
  if (name === 'dd') return operands.filter((arg) => arg.startsWith('of=')).map((arg) => arg.slice('of='.length));
  if (name === 'git') return operands.some((arg) => GIT_WRITES.has(arg)) ? operands.slice(1) : [];
  if (IN_PLACE.has(name)) return args.some((arg) => /^(-[a-zA-Z]*i|--in-place)/.test(arg)) ? operands : [];
  const option = Object.hasOwn(OUTPUT_OPTION, name) ? OUTPUT_OPTION[name] : undefined;
  if (option !== undefined) return args.filter((_, i) => option.test(args[i - 1] ?? ''));
  if (WRITES_LAST_ARG.has(name)) return [...targetsOf(args, operands), ...(name === 'mv' ? operands : [])];
  return WRITES_ALL_ARGS.has(name) ? operands : [];
}

/** The last operand is either the file itself or the folder that gets files of the same names; `-t` names the folder. */
function targetsOf(args: string[], operands: string[]): string[] {
  const option = args.findIndex((arg) => /^(-[a-zA-Z]*t|--target-directory)$/.test(arg));
  const attached = args.map((arg) => /^--target-directory=(.*)$/s.exec(arg)?.[1]).find((dir) => dir !== undefined);
  const target = attached ?? (option === -1 ? operands.at(-1) : args[option + 1]);
  if (target === undefined) return [];
  return [target, ...operands.filter((source) => source !== target).map((source) => join(target, basename(source)))];
}
