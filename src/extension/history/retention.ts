import type { Settings } from '#protocol/settings.ts';

const DAY_MS = 86_400_000;
/** Keeps the first pruning out of the way of the window's start. */
const START_DELAY_MS = 20_000;

export interface RetentionOptions {
  home: string;
  settings: () => Settings;
  trusted: () => boolean;
  now: () => number;
  info: (message: string) => void;
  onError: (error: unknown) => void;
}

/** Deletes ended sessions older than the setting `history.days`. With 0, and in Restricted Mode, nothing is deleted. */
export async function pruneHistory({ home, settings, trusted, now, info }: RetentionOptions): Promise<void> {
  const days = settings()['history.days'];
  if (days === 0 || !trusted()) return;
  const { pruneSessions } = await import('#core/session/deletion.ts');
  const { removed, kept } = await pruneSessions({ home, now: now(), olderThanMs: days * DAY_MS });
  if (removed.length > 0) info(`deleted ${removed.length} sessions that ended more than ${days} days ago`);
  for (const { session, why } of kept) info(`the old session ${session} is kept: ${why}`);
}

/** Prunes shortly after the window has started, and then once a day, since windows stay open for weeks. */
export function pruneHistoryDaily(options: RetentionOptions): { dispose: () => void } {
  const prune = (): void => void pruneHistory(options).catch(options.onError);
  const timers = [setTimeout(prune, START_DELAY_MS), setInterval(prune, DAY_MS)];
  return { dispose: () => timers.forEach(clearTimeout) };
}
