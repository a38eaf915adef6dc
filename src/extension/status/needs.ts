import { l10n } from 'vscode';
import { isQuestion } from '#core/projection/decisions.ts';
import { ellipsize } from '#core/base/text.ts';
import type { BoardRow } from '#protocol/board.ts';
import { formatDuration } from '#extension/base/formatDuration.ts';
import { inertLabel } from '#extension/base/inertText.ts';
import { plural } from '#extension/base/plural.ts';

/** How much of a name or a command the status bar shows. */
const MAX_CHARS = 40;

type Kind = 'permission' | 'question' | 'call' | 'other';

const ICONS: Record<Kind, string> = { permission: 'bell', question: 'question', call: 'debug-pause', other: 'bell' };

/** What needs the person, in a line; `icon` is one of the editor's. Of one call it counts how long that waits. Pure. */
export function describeNeedsYou(rows: readonly BoardRow[], now: number): { icon: string; text: string } {
  const [first] = rows;
  const kinds = new Set(rows.map(kindOf));
  const kind: Kind = kinds.size === 1 && first !== undefined ? kindOf(first) : 'other';
  const text =
    rows.length === 1 && first !== undefined ? describeOne(kind, first, now) : describeMany(kind, rows.length);
  return { icon: ICONS[kind], text };
}

function kindOf({ ask, call, notice, session }: BoardRow): Kind {
  if (ask !== undefined) return isQuestion(ask) ? 'question' : 'permission';
  if (call !== undefined) return 'call';
  return notice === undefined && session !== undefined ? 'question' : 'other';
}

function describeMany(kind: Kind, count: number): string {
  if (kind === 'permission')
    return plural(l10n.t('{0, plural, one {# waits for your permission} other {# wait for your permission}}'), count);
  if (kind === 'question') return plural(l10n.t('{0, plural, one {# asks you} other {# ask you}}'), count);
  return plural(l10n.t('{0, plural, one {# waits for you} other {# wait for you}}'), count);
}

function describeOne(kind: Kind, { name, call, sinceTs }: BoardRow, now: number): string {
  const title = short(name);
  if (kind === 'permission') return l10n.t('{0} waits for your permission', title);
  if (kind === 'question') return l10n.t('{0} asks you', title);
  if (kind === 'other') return l10n.t('{0} needs you', title);
  const waiting = l10n.t('{0} waits for you', short(call?.summary ?? call?.tool ?? name));
  return sinceTs === undefined ? waiting : `${waiting} · ${formatDuration(now - sinceTs)}`;
}

const short = (text: string): string => inertLabel(ellipsize(text, MAX_CHARS));
