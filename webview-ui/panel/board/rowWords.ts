import type { BoardGroup, BoardRow } from '#protocol/board.ts';
import type { Reach } from '#protocol/viewModel.ts';
import { formatDuration } from '#webview/components/duration.ts';
import { shortText } from '#webview/components/plainText.ts';
import { clock } from '#webview/host/clock.ts';
import { strings } from '#webview/host/strings.ts';
import { askWords, heldWords } from '#webview/panel/decisions/callWords.ts';

const texts = strings.board;

/** What a row is about, on its second line. */
export function detailOf(row: BoardRow, group: BoardGroup): string | undefined {
  const { ask, call, notice, text } = row;
  if (ask !== undefined) return askWords(ask);
  if (call !== undefined) return heldWords(call);
  if (notice !== undefined) return row.session === undefined ? undefined : shortText(notice.text, 300);
  if (group === 'needsYou') return texts.dialog;
  if (group === 'yourTurn' && text !== undefined) return texts.quote(shortText(text, 300));
  return undefined;
}

/** What a session does now, beside its name. */
export function doingOf({ quietSinceTs, tasks, agents, text, ended }: BoardRow, group: BoardGroup): string {
  if (quietSinceTs !== undefined) return texts.quietFor(formatDuration(clock.now() - quietSinceTs));
  if (group === 'done') return ended === true ? texts.ended : texts.idle;
  if (tasks !== undefined)
    return tasks.current === undefined
      ? texts.tasks(tasks.done, tasks.total)
      : texts.tasksNow(tasks.done, tasks.total, shortText(tasks.current, 80));
  if (agents !== undefined) return agentsOf(agents);
  return text === undefined ? '' : shortText(text, 80);
}

function agentsOf({ running, failed }: NonNullable<BoardRow['agents']>): string {
  const counts = [running > 0 ? texts.agents(running) : '', failed > 0 ? texts.agentsFailed(failed) : ''];
  return counts.filter(Boolean).join(', ');
}

/** Why not everything can be done to a session from here. */
export function reachText(reach: Reach | undefined): string | undefined {
  if (reach?.outOfReach !== undefined) return texts.outOfReach[reach.outOfReach];
  return reach?.noTerminal === true ? texts.noTerminal : undefined;
}

/** The row for screen readers. */
export const labelOf = (row: BoardRow, group: BoardGroup): string =>
  [
    nameOf(row),
    row.projectName,
    row.machine && strings.onMachine(row.machine),
    row.background && texts.background,
    row.agent,
    detailOf(row, group) ?? doingOf(row, group),
    row.conflict,
    reachText(row.reach),
    row.link?.kind === 'shared' ? '' : row.link?.text,
  ]
    .filter(Boolean)
    .map((part) => shortText(part || '', 160))
    .join(', ');

/** What a row is called: its session, or the file that two sessions edit. */
export const nameOf = ({ name, notice }: BoardRow): string => shortText(notice?.collision?.file ?? name, 120);

/** Whether a row has the words that a person searches. */
export function matchesSearch(row: BoardRow, query: string): boolean {
  const words = [row.name, row.projectName, row.agent, row.text, row.ask?.summary, row.call?.summary, row.notice?.text];
  return words.some((each) => each?.toLowerCase().includes(query.trim().toLowerCase()));
}
