import { visibleLine } from '#protocol/hiddenText.ts';
import { formatDuration } from '#protocol/duration.ts';
import type { StashEntry, UncommittedFile } from '#protocol/parts.ts';
import type { Block, SessionState, Uncommitted } from '#protocol/state.ts';

/** The files that a text names, those that were edited last. */
const MAX_NAMED = 3;

/** The text of a block of what an agent has not committed: what a call takes of it, else all that there is now. */
export function uncommittedText(
  state: SessionState,
  block: Block,
  { of, takes }: { of: string; takes?: string },
  now: number,
): string {
  const entry = state.uncommitted.get(of);
  if (takes !== undefined || entry === undefined) return takes ?? block.text;
  const { files, stash = [] } = entry;
  const put = stash.length === 0 ? [] : [`In the stash: ${stashText(entry, stash, now)}`];
  return [...(files.length === 0 ? [] : [`Not committed: ${filesText(entry, files, now)}`]), ...put].join('. ');
}

/** Whose files: `Fix the rounding edits src/cart.ts (2 min ago) and src/tax.ts`. */
function filesText(entry: Uncommitted, files: readonly UncommittedFile[], now: number): string {
  const latest = files.toSorted((a, b) => (b.ts ?? 0) - (a.ts ?? 0));
  const named = latest.slice(0, MAX_NAMED).map(({ path, ts }, i) => {
    const age = i > 0 || ts === undefined ? '' : ` (${ageText(now - ts)})`;
    return `${visibleLine(path)}${age}`;
  });
  const others = files.length - named.length + (files.length === entry.files.length ? (entry.more ?? 0) : 0);
  const all = others > 0 ? [...named, others === 1 ? 'one more file' : `${others} more files`] : named;
  const last = all.at(-1) ?? '';
  const list = all.length < 2 ? last : `${all.slice(0, -1).join(', ')} and ${last}`;
  const unseen = entry.unseen === undefined ? '' : ` (git was not looked at: ${visibleLine(entry.unseen)})`;
  return `${visibleLine(entry.name)} edits ${list}${unseen}`;
}

const ageText = (ms: number): string => (ms < 60_000 ? 'just now' : `${formatDuration(ms)} ago`);

/** Whose entries: `the stash entry that Fix the rounding made (2 min ago)`. */
function stashText({ name }: Uncommitted, stash: readonly StashEntry[], now: number): string {
  const ts = Math.max(...stash.map((entry) => entry.ts ?? 0));
  const age = ts > 0 ? ageText(now - ts) : undefined;
  const entries = stash.length === 1 ? 'the stash entry' : `${stash.length} stash entries`;
  const when = age === undefined ? '' : stash.length === 1 ? ` (${age})` : ` (the latest ${age})`;
  return name === ''
    ? `${entries} of which nothing shows who made ${stash.length === 1 ? 'it' : 'them'}${when}`
    : `${entries} that ${visibleLine(name)} made${when}`;
}

/** What a command takes of an agent's files and of its entries of the stash, as sentences. */
export function takesText(
  entry: Uncommitted,
  { files, stash = [], doubt }: { files: readonly UncommittedFile[]; stash?: readonly StashEntry[]; doubt?: string },
  now: number,
): string {
  const whose = [
    ...(files.length === 0 ? [] : [`what is not committed: ${filesText(entry, files, now)}`]),
    ...(stash.length === 0 ? [] : [stashText(entry, stash, now)]),
  ].join(', and ');
  return doubt === undefined
    ? `This would take ${whose}.`
    : `This command cannot be read in full (${visibleLine(doubt)}), and might take ${whose}.`;
}
