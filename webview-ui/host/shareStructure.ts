/**
 * Gives back the previous value wherever the next one says the same, part by part. Every snapshot is a new tree of
 * objects; with the unchanged parts kept by identity, only rows that differ are drawn again.
 */
export function shareStructure<T>(previous: unknown, next: T): T {
  if (Object.is(previous, next)) return next;
  if (Array.isArray(previous) && Array.isArray(next)) return shareArray(previous, next) as T;
  if (!isRecord(previous) || !isRecord(next)) return next;
  const keys = Object.keys(next);
  let same = keys.length === Object.keys(previous).length;
  const merged: Record<string, unknown> = {};
  for (const key of keys) {
    merged[key] = shareStructure(previous[key], next[key]);
    same &&= key in previous && Object.is(merged[key], previous[key]);
  }
  return (same ? previous : merged) as T;
}

function shareArray(previous: unknown[], next: unknown[]): unknown[] {
  const known = new Map(previous.map((item, index) => [identityOf(item) ?? index, item]));
  const merged = next.map((item, index) => shareStructure(known.get(identityOf(item) ?? index), item));
  const same = merged.length === previous.length && merged.every((item, index) => Object.is(item, previous[index]));
  return same ? previous : merged;
}

/** List items move as others come and go, so they are found by name, not by place. */
function identityOf(item: unknown): unknown {
  if (!isRecord(item)) return undefined;
  return item['id'] ?? item['pos'] ?? item['name'] ?? item['resource'];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
