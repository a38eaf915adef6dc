const MIN_CHARS = 8;

/** The beginning of a session's id, as long as it takes to tell it from the others; eight characters, as a rule. */
export function shortId(id: string, others: readonly string[]): string {
  const otherIds = others.filter((other) => other !== id);
  let length = MIN_CHARS;
  while (length < id.length && otherIds.some((other) => other.startsWith(id.slice(0, length)))) length++;
  return id.slice(0, length);
}
