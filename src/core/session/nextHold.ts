import type { NewEvent } from '#core/log/append.ts';
import { USER } from '#protocol/ids.ts';
import type { Hold } from '#protocol/hold.ts';
import type { Match } from '#protocol/parts.ts';
import type { Block } from '#protocol/state.ts';

/** Each kind with the calls that it concerns and its reason, which is not translated, since Claude reads it. */
const NEXT: Record<Hold, { match?: Match; text: string }> = {
  bash: { match: { tool: 'Bash' }, text: 'The person looks at the next Bash call before it runs' },
  merge: {
    match: { tool: 'Bash', command: 'git merge*' },
    text: 'The person looks at the next merge before it runs',
  },
  edit: {
    match: { tool: 'Edit|MultiEdit|Write|NotebookEdit' },
    text: 'The person looks at the next edit before it is made',
  },
  all: { text: 'The person looks at the next call before it runs' },
};

const PREFIX = 'next-';

/**
 * A block of the person's that holds the next call of that kind. Nothing but the person ends it, and a release does: the
 * call after it runs.
 */
export function holdNext(kind: Hold): NewEvent {
  const { match, text: message } = NEXT[kind];
  return { t: 'hook', worker: USER, event: 'PreToolUse', exit: 2, key: `${PREFIX}${kind}`, message, match };
}

/** What a block holds once, if it is one of these. */
export function nextOf({ worker, key }: Block): Hold | undefined {
  if (worker !== USER || key?.startsWith(PREFIX) !== true) return undefined;
  const kind = key.slice(PREFIX.length);
  return Object.hasOwn(NEXT, kind) ? (kind as Hold) : undefined;
}
