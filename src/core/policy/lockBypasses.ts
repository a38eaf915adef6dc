import { resolve } from 'node:path';
import type { Block, SessionState } from '#protocol/state.ts';
import { matches } from '#core/policy/match/match.ts';
import { writtenPaths } from '#core/policy/match/writtenPaths.ts';
import { type CallContext } from './activeBlocks.ts';
import { isActive } from '#core/fold/blockQueries.ts';

/**
 * The locks on files that a Bash call has gone round, as its command line says: the call could not be refused, since no
 * tool that edits a file was used. Whoever holds a lock may write as it likes.
 */
export function lockBypasses(
  state: SessionState,
  callContext: CallContext,
  now: number,
): { block: Block; path: string }[] {
  const { call, root } = callContext;
  const command = call?.tool === 'Bash' ? call.input['command'] : undefined;
  if (call === undefined || typeof command !== 'string') return [];
  const locks = [...state.blocks.values()].filter(
    (b) => b.cause.kind === 'lock' && isActive(b, now) && b.worker !== (callContext.agentId ?? callContext.role),
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
