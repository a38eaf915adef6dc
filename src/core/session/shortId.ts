const SHORT = 8;

/** The beginning of a session's id, as long as it takes to tell it from the others; eight characters, as a rule. */
export function shortId(id: string, others: readonly string[]): string {
  const different = others.filter((other) => other !== id);
  let length = SHORT;
  while (length < id.length && different.some((other) => other.startsWith(id.slice(0, length)))) length++;
  return id.slice(0, length);
}
