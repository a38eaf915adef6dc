/** How many texts, from the first on and at least one, have no more than `maxChars` together. */
export function countThatFit(texts: string[], maxChars: number): number {
  let left = maxChars;
  const index = texts.findIndex((text, i) => (left -= text.length) < 0 && i > 0);
  return index === -1 ? texts.length : index;
}

/** As many lines as `maxChars` takes, and how many more there are. */
export function listText(lines: string[], maxChars: number): string {
  const count = countThatFit(lines, maxChars);
  const more = lines.length > count ? [`and ${lines.length - count} more`] : [];
  return [...lines.slice(0, count), ...more].join('\n');
}
