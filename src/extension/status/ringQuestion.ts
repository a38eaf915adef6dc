import * as vscode from 'vscode';
import type { BoardRow } from '#protocol/board.ts';
import type { Settings } from '#protocol/settings.ts';
import { formatDuration } from '#extension/base/formatDuration.ts';
import { PREFIX } from '#extension/base/ids.ts';
import type { WindowMemory } from '#extension/sessions/boardChoices.ts';

/** A person who was needed for less than this has missed nothing. */
const MISSED_MS = 2 * 60_000;
const OFFERED = 'news.ringOffered';

export interface RingQuestionSources {
  /** Of all windows. */
  memory: WindowMemory;
  needsYou: () => readonly BoardRow[];
  settings: () => Pick<Settings, 'notify.system'>;
}

/** Asks once, if the person has been needed for a while since they left the window at `leftMs`. */
export async function offerRing(
  { memory, needsYou, settings }: RingQuestionSources,
  leftMs: number,
  now: number,
): Promise<void> {
  const missedMs = longestMissed(needsYou(), leftMs, now);
  if (missedMs === undefined || settings()['notify.system'] !== 'off' || memory.get(OFFERED) === true) return;
  await memory.update(OFFERED, true);
  const [bell, notification] = [vscode.l10n.t('Ring the Bell'), vscode.l10n.t('Notify Me')];
  const text = vscode.l10n.t("You were needed for {0}. Ring in Claude's terminal next time?", formatDuration(missedMs));
  const choice = await vscode.window.showInformationMessage(text, bell, notification, vscode.l10n.t('No'));
  if (choice !== bell && choice !== notification) return;
  const how = choice === bell ? 'bell' : 'notification';
  await vscode.workspace.getConfiguration(PREFIX).update('notify.system', how, vscode.ConfigurationTarget.Global);
}

/** For how long the person has been needed by what came while they were away; undefined for less than is worth a word. */
export function longestMissed(rows: readonly BoardRow[], leftMs: number, now: number): number | undefined {
  const sinceMs = Math.min(...rows.map(({ sinceTs = now }) => sinceTs).filter((ts) => ts >= leftMs));
  return now - sinceMs >= MISSED_MS ? now - sinceMs : undefined;
}
