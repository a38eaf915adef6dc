/** What is seen of the commands and the files of conditions `proven:`, as events. The fold decides what it means. */
import { readFileTree, type FileTree } from '#core/base/gitTree.ts';
import { checkoutOf } from '#core/base/gitWorktrees.ts';
import { resolvedPath } from '#core/base/realPath.ts';
import { awaitedProofs, covers, provableOf } from '#core/fold/provable.ts';
import { findGit } from '#core/install/executables.ts';
import type { NewEvent } from '#core/log/append.ts';
import type { SessionState } from '#protocol/state.ts';

/** A session, and the folder of its project, in which its conditions are meant. */
export interface ProofPlace {
  state: SessionState;
  root: string;
  env: NodeJS.ProcessEnv;
}

/** A call of a shell that has ended, or a worker's command. */
export interface SeenCommand {
  text: string;
  /** The folder in which it began. */
  cwd: string;
  /** Its exit code; undefined where it goes on in the background, as `task`. */
  code: number | undefined;
  task?: string | undefined;
  worker?: string | undefined;
  /** When it began, epoch ms, and the present time. */
  startedTs: number;
  now: () => number;
}

/** The files that git would keep of a project; undefined without git, or where there is no repository. */
async function treeOf({ root, env }: ProofPlace): Promise<FileTree | undefined> {
  if (checkoutOf(root) === undefined) return undefined;
  const program = findGit(env, [root]);
  return program === undefined ? undefined : readFileTree({ root, program }).catch(() => undefined);
}

/** The hash of what a condition covers. */
function hashOf(tree: FileTree | undefined, of: string): string | undefined {
  const provable = provableOf(of);
  return provable === undefined ? undefined : tree?.hash((path) => covers(provable, path));
}

/** One `ran` for each awaited command that is in it. */
export async function ranEvents(place: ProofPlace, seen: SeenCommand): Promise<NewEvent[]> {
  const { text, cwd, code, task, worker, startedTs, now } = seen;
  const awaited = awaitedProofs(place.state);
  if (awaited.size === 0) return [];
  const { shownOf } = await import('./shell/shell.ts');
  const found = [...awaited].flatMap((of) => {
    const shown = shownOf(provableOf(of)?.command ?? '', text, { cwd, root: place.root });
    return shown === undefined ? [] : [{ of, hidden: shown.shown ? undefined : shown.why }];
  });
  if (found.length === 0) return [];
  const tree = found.some(({ hidden }) => hidden === undefined) ? await treeOf(place) : undefined;
  return found.map(({ of, hidden }): NewEvent => {
    // a text that failed may have failed elsewhere, which is no proof either
    if (hidden !== undefined && code === 0) return { t: 'ran', of, hidden, worker };
    const event = { of, code, task, worker, tree: hashOf(tree, of) };
    return { t: 'ran', ...event, ms: Math.max(0, Math.round(now() - startedTs)) };
  });
}

/** The conditions among `ofs` whose files are not what the log has last: as events, for what was seen with a hash. */
export async function treeEvents(place: ProofPlace, ofs: Iterable<string>): Promise<NewEvent[]> {
  const { proofs } = place.state;
  const hashed = [...ofs].filter((of) => proofs.get(of)?.run?.tree !== undefined);
  if (hashed.length === 0) return [];
  const tree = await treeOf(place);
  return hashed.flatMap((of): NewEvent[] => {
    const { run, held } = proofs.get(of) ?? {};
    const now = hashOf(tree, of);
    // where the files cannot be looked at any more, nothing is known of them
    if (now === undefined) return held === true ? [{ t: 'edited' }] : [];
    return (now === run?.tree) === (held === true) ? [] : [{ t: 'tree', of, tree: now }];
  });
}

/** Whether an edited file is in the project's own checkout: that of a worktree within it is another one. */
export function isOfProject(path: string, root: string): boolean {
  const real = resolvedPath(path, root);
  if (real === undefined) return true;
  const [own, its] = [checkoutOf(root), checkoutOf(`${real}/..`)];
  return own === undefined || its === undefined || its.root === own.root || !its.root.startsWith(`${own.root}/`);
}
