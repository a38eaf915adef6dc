import { basename, join, resolve } from 'node:path';
import type { Block, SessionState } from '#protocol/state.ts';
import { isActive } from '#core/fold/queries.ts';
import type { CallContext } from './activeBlocks.ts';
import { parseCommands } from './match/commandLine.ts';
import { matches } from './match/match.ts';

/** Programs that change or remove every file in their arguments. */
const WRITES_ALL_ARGS = new Set(['tee', 'rm', 'unlink', 'truncate', 'shred', 'mv', 'patch', 'touch']);
/** Programs that write the file in their last argument. */
const WRITES_LAST_ARG = new Set(['cp', 'mv', 'install', 'ln', 'rsync']);
/** Programs that change the files in their arguments only with an option such as `-i`. */
const IN_PLACE = new Set(['sed', 'perl', 'ruby', 'awk', 'gawk']);

/**
 * The file locks that a Bash call has bypassed, as far as its command line shows. A lock's block refuses only the tools
 * that edit files, so the call was not refused. The holder of a lock may write in any way.
 */
export function lockBypasses(state: SessionState, context: CallContext, now: number): { block: Block; path: string }[] {
  const { call, root } = context;
  const command = call?.tool === 'Bash' ? call.input['command'] : undefined;
  if (call === undefined || typeof command !== 'string') return [];
  const locks = [...state.blocks.values()].filter(
    (b) => b.cause.kind === 'lock' && isActive(b, now) && b.worker !== (context.agentId ?? context.role),
  );
  if (locks.length === 0) return [];
  const { paths, dirs } = writtenPaths(command);
  const baseDirs = [call.cwd, ...dirs.map((dir) => resolve(call.cwd, dir))];
  return locks.flatMap((block) => {
    const match = { path: block.match?.path };
    const path = paths.find((file_path) =>
      baseDirs.some((cwd) => matches(match, { tool: call.tool, input: { file_path }, cwd }, root)),
    );
    return path === undefined ? [] : [{ block, path }];
  });
}

/**
 * The paths that a shell command line writes, moves or removes: by redirection, `tee`, `sed -i`, `mv`, `cp` and so on.
 * The writes of a script that it runs are not seen. `dirs` are the folders that it changes into; a relative path may
 * start in any of them.
 */
export function writtenPaths(command: string): { paths: string[]; dirs: string[] } {
  const paths: string[] = [];
  const dirs: string[] = [];
  for (const { tokens, redirects } of parseCommands(command)) {
    paths.push(...redirects);
    const [program = '', ...args] = tokens;
    const name = basename(program);
    if (name === 'cd') dirs.push(...args.filter((arg) => !arg.startsWith('-')).slice(0, 1));
    else paths.push(...pathsWrittenBy(name, args));
  }
  return { paths, dirs };
}

function pathsWrittenBy(name: string, args: string[]): string[] {
  const operands = args.filter((arg) => !arg.startsWith('-'));
  if (name === 'dd') return operands.filter((arg) => arg.startsWith('of=')).map((arg) => arg.slice('of='.length));
  if (IN_PLACE.has(name)) return args.some((arg) => /^(-[a-zA-Z]*i|--in-place)/.test(arg)) ? operands : [];
  const last = operands.at(-1);
  if (!WRITES_LAST_ARG.has(name) || last === undefined) return WRITES_ALL_ARGS.has(name) ? operands : [];
  // the last operand is either the file itself or the folder that gets a file of the same name
  const targets = [last, ...operands.slice(0, -1).map((source) => join(last, basename(source)))];
  return WRITES_ALL_ARGS.has(name) ? [...operands, ...targets] : targets;
}
