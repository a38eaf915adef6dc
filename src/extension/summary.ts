import type { Settings } from '../protocol/settings.ts';
import type { ViewModel } from '../protocol/viewModel.ts';

/** All sessions at work in a few numbers: what status bar and badge show. */
export interface Summary {
  sessions: number;
  workers: number;
  blocks: number;
  needsYou: number;
}

/** Adds up what the sessions of this window are at. Pure. */
export function summarize(views: readonly ViewModel[]): Summary {
  const live = views.filter((view) => view.session.live);
  const sum = (count: (view: ViewModel) => number): number => live.reduce((total, view) => total + count(view), 0);
  return {
    sessions: live.length,
    workers: sum((view) => view.counts.running),
    blocks: sum((view) => view.blocks.filter((block) => block.standing).length),
    needsYou: sum((view) => view.counts.needsYou),
  };
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** What the status bar says in words, without the icon. */
export function inWords({ workers, blocks }: Summary): string {
  const parts = [workers > 0 ? plural(workers, 'worker') : '', blocks > 0 ? plural(blocks, 'block') : ''].filter(
    Boolean,
  );
  return parts.length === 0 ? 'Fermata' : parts.join(' · ');
}

/** Whether the status bar item is there. */
export function isShown(setting: Settings['statusBar'], { workers, blocks, needsYou }: Summary): boolean {
  if (setting === 'active') return workers + blocks + needsYou > 0;
  return setting === 'always';
}

/** What needs the person, in words. */
export function needInWords(needsYou: number): string {
  return needsYou === 0 ? 'Nothing needs you' : needsYou === 1 ? '1 item needs you' : `${needsYou} items need you`;
}
