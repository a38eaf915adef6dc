/**
 * Deeper values would overflow the stack of recursive code such as JSON.stringify; no event and no payload needs a tenth of
 * it.
 */
export const MAX_DEPTH = 500;

/** Whether the brackets outside of strings nest deeper than `maxDepth`. The text need not be valid JSON. */
export const isDeep = (text: string, maxDepth = MAX_DEPTH): boolean => tooDeepAt(text, maxDepth) !== undefined;

/** The offset of the first bracket that nests deeper than `maxDepth`; undefined where none does. */
export function tooDeepAt(text: string, maxDepth: number): number | undefined {
  // a shorter text cannot have that many opening brackets
  if (text.length <= maxDepth) return undefined;
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (quoted) {
      if (code === 0x5c) i++;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > maxDepth) return i;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return undefined;
}

/** Replaces what nests deeper than `depth` in a decoded JSON value by null. */
export function prune(value: object, depth: number): void {
  for (const [key, part] of Object.entries(value) as [string, unknown][]) {
    if (typeof part !== 'object' || part === null) continue;
    if (depth > 1) prune(part, depth - 1);
    else (value as Record<string, unknown>)[key] = null;
  }
}
