const UNITS: Record<string, number> = { ms: 1, '': 1000, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|min|h|d)?$/;

/** A length of time as people write it (`30s`, `5m`, `1h`, `500ms`, or a number of seconds) in milliseconds; undefined if it is none. */
export function durationOf(text: string): number | undefined {
  const found = DURATION.exec(text);
  const unit = UNITS[found?.[2] ?? ''];
  return found === null || unit === undefined ? undefined : Math.round(Number(found[1]) * unit);
}
