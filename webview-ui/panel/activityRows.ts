import type { ActivityView } from '#protocol/viewModel.ts';
import type { IconProps } from '#webview/components/icon.tsx';

/** A worker that ends reports that in several lines within this time, ms. */
const ENDING_MS = 3000;
const ENDING = ['exit', 'done', 'checkpoint'];

/**
 * The rows without repetition: what a worker reports as it ends well (its exit, that it is done, a checkpoint) is one row,
 * at the place of the newest. Newest first, as are the rows.
 */
export function withoutRepetition(rows: readonly ActivityView[]): readonly ActivityView[] {
  const merged: ActivityView[] = [];
  for (const row of rows) {
    const last = merged.at(-1);
    if (last !== undefined && isSameEnd(last, row)) merged[merged.length - 1] = joined(last, row);
    else merged.push(row);
  }
  return merged.length === rows.length ? rows : merged;
}

const isSameEnd = (newer: ActivityView, older: ActivityView): boolean =>
  newer.worker !== undefined &&
  newer.worker === older.worker &&
  ENDING.includes(newer.t) &&
  ENDING.includes(older.t) &&
  (newer.ts ?? 0) - (older.ts ?? 0) <= ENDING_MS;

function joined(newer: ActivityView, older: ActivityView): ActivityView {
  const text = newer.endsWell === true ? older.text : `${older.text} · ${newer.text}`;
  // what the row has now is worth its place, whatever is joined to it next
  return { ...newer, t: older.t === 'checkpoint' ? newer.t : older.t, text, endsWell: undefined };
}

const ICONS: Record<string, IconProps> = {
  hook: { name: 'pause', tone: 'quiet' },
  held: { name: 'pause', tone: 'attention' },
  denied: { name: 'circleSlash', tone: 'attention' },
  deny: { name: 'circleSlash', tone: 'bad' },
  unblock: { name: 'play', tone: 'good' },
  resolve: { name: 'check', tone: 'good' },
  error: { name: 'error', tone: 'bad' },
  exit: { name: 'stop', tone: 'quiet' },
  done: { name: 'pass', tone: 'good' },
  checkpoint: { name: 'flag', tone: 'quiet' },
  handoff: { name: 'arrow', tone: 'quiet' },
  ballot: { name: 'vote', tone: 'quiet' },
  vote: { name: 'vote', tone: 'quiet' },
  decide: { name: 'vote', tone: 'good' },
  acquire: { name: 'lock', tone: 'quiet' },
  release: { name: 'lock', tone: 'quiet' },
  expire: { name: 'lock', tone: 'attention' },
  prompt: { name: 'message', tone: 'quiet' },
  tell: { name: 'message', tone: 'quiet' },
  ask: { name: 'question', tone: 'attention' },
  answer: { name: 'check', tone: 'quiet' },
  abort: { name: 'stopCircle', tone: 'bad' },
  collision: { name: 'warning', tone: 'attention' },
  log: { name: 'log', tone: 'quiet' },
};

/** The icon of an activity, by the type of its event. */
export const iconOf = ({ t }: ActivityView): IconProps =>
  (Object.hasOwn(ICONS, t) ? ICONS[t] : undefined) ?? { name: 'circle', tone: 'quiet' };
