import type { Settings } from '#protocol/settings.ts';

const DAY_MS = 86_400_000;
/** Long enough after the start that nobody waits for it. */
const START_DELAY_MS = 20_000;

export interface RetentionOptions {
  home: string;
  settings: () => Settings;
  trusted: () => boolean;
  now: () => number;
  info: (message: string) => void;
  onError: (error: unknown) => void;
}

/** Deletes ended sessions that are older than the setting `history.days`; 0 keeps all, and so does Restricted Mode. */
export async function pruneHistory({ home, settings, trusted, now, info }: RetentionOptions): Promise<void> {
  const days = settings()['history.days'];
  if (days === 0 || !trusted()) return;
  const { pruneSessions } = await import('#core/session/deletion.ts');
  const { removed, kept } = await pruneSessions({ home, now: now(), olderThanMs: days * DAY_MS });
  if (removed.length > 0) info(`deleted ${removed.length} sessions that ended more than ${days} days ago`);
  for (const { session, why } of kept) info(`the old session ${session} is kept: ${why}`);
}

/** Does so a while after the window has started, and then once a day: windows stay open for weeks. */
export function pruneHistoryDaily(options: RetentionOptions): { dispose: () => void } {
  const prune = (): void => void pruneHistory(options).catch(options.onError);
  const timers = [setTimeout(prune, START_DELAY_MS), setInterval(prune, DAY_MS)];
  return { dispose: () => timers.forEach(clearTimeout) };
}
