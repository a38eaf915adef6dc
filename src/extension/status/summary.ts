import type { Settings } from '#protocol/settings.ts';
import { l10n } from 'vscode';
import { inertLabel } from '#extension/base/inertText.ts';
import { plural } from '#extension/base/plural.ts';
import { formatDuration } from '#extension/base/formatDuration.ts';
import type { BoardView } from '#protocol/board.ts';
import type { BlockView, ViewModel } from '#protocol/viewModel.ts';
import { truncate } from '#core/base/text.ts';

/** The live sessions in numbers, for the status bar and the badge. */
export interface Summary {
  sessions: number;
  workers: number;
  blocks: number;
  needsYou: number;
  /** The call that has been held longest. */
  held?: BlockView['holding'];
}

/** Whether it keeps an agent from something now, as far as that is known: what sets a limit does so only while it holds a call. */
const countsAsBlock = ({ standing, limit, holding }: BlockView): boolean =>
  standing && (limit !== true || holding !== undefined);

/** Adds up the live sessions. Pure. */
export function summarize(views: readonly ViewModel[], { needsYou }: Pick<BoardView, 'needsYou'>): Summary {
  const live = views.filter((view) => view.session.live);
  const sum = (count: (view: ViewModel) => number): number => live.reduce((total, view) => total + count(view), 0);
  const held = live
    .flatMap((view) => view.blocks.flatMap((block) => (block.holding === undefined ? [] : [block.holding])))
    .toSorted((a, b) => a.sinceTs - b.sinceTs)[0];
  return {
    sessions: live.length,
    workers: sum((view) => view.counts.running),
    blocks: sum((view) => view.blocks.filter(countsAsBlock).length),
    needsYou,
    held,
  };
}

/** The text of the status bar while nothing needs the person, without its icon. A held call comes first. */
export function describeSummary({ workers, blocks, held }: Summary, now: number): string {
  const parts = [
    held === undefined
      ? ''
      : l10n.t('{0} held {1}', inertLabel(truncate(held.tool, 40)), formatDuration(now - held.sinceTs)),
    workers > 0 ? plural(l10n.t('{0, plural, one {# worker} other {# workers}}'), workers) : '',
    blocks > 0 ? plural(l10n.t('{0, plural, one {# block} other {# blocks}}'), blocks) : '',
  ].filter(Boolean);
  return parts.length === 0 ? 'Fermata' : parts.join(' · ');
}

/** Whether the status bar item is visible. */
export function isShown(setting: Settings['statusBar'], { workers, blocks, needsYou }: Summary): boolean {
  if (setting === 'active') return workers + blocks + needsYou > 0;
  return setting === 'always';
}

/** How many items need the person, as a text. */
export function describeNeeds(needsYou: number): string {
  const text = l10n.t('{0, plural, =0 {nothing needs you} one {# item needs you} other {# items need you}}');
  return plural(text, needsYou);
}
