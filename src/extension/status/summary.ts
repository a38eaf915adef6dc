import type { Settings } from '#protocol/settings.ts';
import { l10n } from 'vscode';
import { plural } from '#extension/base/plural.ts';
import { formatDuration } from '#extension/base/formatDuration.ts';
import type { BlockView, ViewModel } from '#protocol/viewModel.ts';
import { truncate } from '#core/base/text.ts';

/** All sessions at work in a few numbers: what status bar and badge show. */
export interface Summary {
  sessions: number;
  workers: number;
  blocks: number;
  needsYou: number;
  /** Permissions and answers that are asked for. */
  asks: number;
  /** The call that is held longest. */
  held?: NonNullable<BlockView['holding']>;
}

/** Adds up what the sessions of this window are at. Pure. */
export function summarize(views: readonly ViewModel[]): Summary {
  const live = views.filter((view) => view.session.live);
  const sum = (count: (view: ViewModel) => number): number => live.reduce((total, view) => total + count(view), 0);
  const held = live
    .flatMap((view) => view.blocks.flatMap((block) => (block.holding === undefined ? [] : [block.holding])))
    .toSorted((a, b) => a.sinceTs - b.sinceTs)[0];
  return {
    sessions: live.length,
    workers: sum((view) => view.counts.running),
    blocks: sum((view) => view.blocks.filter((block) => block.standing).length),
    needsYou: sum((view) => view.counts.needsYou) - countRepeated(live),
    asks: sum((view) => view.asks.length),
    ...(held === undefined ? {} : { held }),
  };
}

/** How many items stand in more than one session: each needs the person once. */
function countRepeated(views: readonly ViewModel[]): number {
  const causes = views.flatMap(({ notices }) => notices.flatMap(({ cause }) => cause ?? []));
  return causes.length - new Set(causes).size;
}

/** What the status bar says in words, without the icon: what waits for the person or because of a block comes first. */
export function describeSummary({ workers, blocks, asks, held }: Summary, now: number): string {
  const parts = [
    asks > 0 ? l10n.t('Claude asks you') : '',
    held === undefined
      ? ''
      : l10n.t('{0} held {1}', truncate(held.tool, 40).replaceAll('$(', '('), formatDuration(now - held.sinceTs)),
    workers > 0 ? plural(l10n.t('{0, plural, one {# worker} other {# workers}}'), workers) : '',
    blocks > 0 ? plural(l10n.t('{0, plural, one {# block} other {# blocks}}'), blocks) : '',
  ].filter(Boolean);
  return parts.length === 0 ? 'Fermata' : parts.join(' · ');
}

/** Whether the status bar item is there. */
export function isShown(setting: Settings['statusBar'], { workers, blocks, needsYou }: Summary): boolean {
  if (setting === 'active') return workers + blocks + needsYou > 0;
  return setting === 'always';
}

/** What needs the person, in words. */
export function describeNeeds(needsYou: number): string {
  const text = l10n.t('{0, plural, =0 {nothing needs you} one {# item needs you} other {# items need you}}');
  return plural(text, needsYou);
}
