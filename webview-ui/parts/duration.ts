const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time as short as it stays useful: seconds matter in the first minutes only. */
export function formatDuration(ms: number): string {
  const length = Math.max(0, ms);
  if (length < 90 * SECOND) return `${Math.floor(length / SECOND)} s`;
  if (length < HOUR) return `${Math.floor(length / MINUTE)} min`;
  if (length < DAY) return `${Math.floor(length / HOUR)} h ${Math.floor((length % HOUR) / MINUTE)} min`;
  return `${Math.floor(length / DAY)} d ${Math.floor((length % DAY) / HOUR)} h`;
}

/** A time that is left: rounded up, so that it never says less than there is. */
export function formatRemaining(ms: number): string {
  const unit = ms < 90 * SECOND ? SECOND : MINUTE;
  return formatDuration(Math.ceil(ms / unit) * unit);
}

/** Time of day; the date adds nothing in a list that starts with now. */
export function formatTimeOfDay(ts: number): string {
  return new Date(ts).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
}
