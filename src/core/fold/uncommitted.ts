import type { EventOf } from '#protocol/event.ts';
import type { Block, SessionState, Uncommitted } from '#protocol/state.ts';
import { truncate } from '#core/base/text.ts';
import { addBlock, endBlock } from './blocks.ts';
import { countBeyondLimit } from './limits.ts';
import { assignDefined, type EventPosition } from './state.ts';

/** What a state keeps of it: agents and checkouts, files of each, and the configuration of each. */
const MAX_ENTRIES = 100;
const MAX_FILES = 200;
const MAX_STASH = 100;
const MAX_CONFIG = 200;
const MAX_TEXT_CHARS = 4096;
const MAX_NAME_CHARS = 200;

/** The identity of what an agent has not committed in a checkout. A worker's id and a session's have no zero byte. */
export const uncommittedKey = ({ session = '', worker, root }: Pick<Uncommitted, 'session' | 'worker' | 'root'>) =>
  `${session}\0${worker}\0${root}`;

/**
 * What an agent has not committed in a checkout, or has in the stash, in the place of what was known of it. Where calls that would take it are held,
 * one block stands for it until nothing of it is left. A block that the person has ended comes back only for another file.
 */
export function onUncommitted(state: SessionState, event: EventOf<'uncommitted'>, at: EventPosition): void {
  const key = uncommittedKey(event);
  const known = state.uncommitted.get(key);
  const block = known?.block === undefined ? undefined : state.blocks.get(known.block);
  const isOver = event.files.length === 0 && (event.stash ?? []).length === 0;
  if (isOver || event.hold !== true) endIfStanding(state, block, at);
  if (isOver) return void state.uncommitted.delete(key);
  if (known === undefined && state.uncommitted.size >= MAX_ENTRIES) return countBeyondLimit(state, 'uncommitted');
  const next = boundedEntry(event);
  state.uncommitted.set(key, next);
  if (event.hold !== true) return;
  const released = known === undefined ? undefined : releasedNames(known, block);
  if (block?.ended === undefined && block !== undefined) next.block = block.id;
  else if (released === undefined || takable(next).some((name) => !released.includes(name)))
    next.block = addBlock(state, blockOf(next, key), at).id;
  else next.released = released;
}

function endIfStanding(state: SessionState, block: Block | undefined, at: EventPosition): void {
  if (block !== undefined) endBlock(state, block, 'until', block.worker, at);
}

/** What of it the person has ended the block for, if they have. */
const releasedNames = (entry: Uncommitted, block: Block | undefined): string[] | undefined =>
  block?.ended?.how === 'release' ? takable(entry) : entry.released;

const takable = ({ files, stash = [] }: Uncommitted): string[] => [
  ...files.map(({ path }) => path),
  ...stash.map(({ commit }) => commit),
];

function boundedEntry(event: EventOf<'uncommitted'>): Uncommitted {
  const { worker, session, root, branch, files, more = 0, stash = [], unseen, config, hold } = event;
  const kept = files.slice(0, MAX_FILES).map((file) => ({ ...file, path: truncate(file.path, MAX_TEXT_CHARS) }));
  const beyond = more + files.length - kept.length;
  const settings = config && Object.fromEntries(Object.entries(config).slice(0, MAX_CONFIG));
  const entries = stash.length === 0 ? undefined : stash.slice(0, MAX_STASH);
  const entry: Uncommitted = { worker, name: truncate(event.name, MAX_NAME_CHARS), root, files: kept };
  return assignDefined(entry, {
    session,
    branch,
    more: beyond || undefined,
    stash: entries,
    unseen,
    config: settings,
    hold,
  });
}

/** Its text is made anew each time from what is not committed then. */
function blockOf(entry: Uncommitted, key: string): Parameters<typeof addBlock>[1] {
  const worker = entry.session === undefined ? entry.worker : 'fermata';
  const { name, files } = entry;
  const text =
    files.length > 0
      ? `${name} has edits that are not committed`
      : `${name || 'another one'} has put edits into the stash`;
  return { worker, event: 'PreToolUse', text, cause: { kind: 'git', of: key }, match: { git: 'sweep' } };
}
