/** Items of one prompt that get workers; more is taken for a mistake. */
export const MAX_ITEMS = 100;

const QUOTES: Record<string, string> = { '"': '"', "'": "'", '`': '`', '“': '”', '‘': '’' };
const SEPARATOR = /\s*(?:,|[\r\n]+)\s*(?:and\s+)?|\s+and\s+/iy;

/** The distinct items of a list separated by commas, line breaks and "and", without quotes, bullets and full stop. */
export function splitItems(list: string): string[] {
  const items = new Set<string>();
  let pos = 0;
  while (pos < list.length) {
    const { text, next } = nextItem(list, pos);
    const item = tidy(text);
    if (item !== '') items.add(item);
    pos = next;
  }
  return [...items];
}

function nextItem(list: string, from: number): { text: string; next: number } {
  const start = from + (/^[ \t]*(?:[-*•][ \t]+)?/.exec(list.slice(from))?.[0].length ?? 0);
  const close = QUOTES[list[start] ?? ''];
  const end = close === undefined ? -1 : list.indexOf(close, start + 1);
  if (end !== -1) {
    const after = separatorAt(list, end + 1);
    const rest = list.slice(end + 1).trim();
    if (after !== undefined || /^[.!?;]?$/.test(rest))
      return { text: list.slice(start, end + 1), next: after ?? list.length };
  }
  for (let pos = start; pos < list.length; pos++) {
    const next = separatorAt(list, pos);
    if (next !== undefined) return { text: list.slice(start, pos), next };
    // where blanks are no separator from their first one on, they are none from the second on
    while (isBlank(list[pos]) && isBlank(list[pos + 1])) pos++;
  }
  return { text: list.slice(start), next: list.length };
}

const isBlank = (char: string | undefined): boolean => char !== undefined && /\s/.test(char);

/** The end of the separator that starts at `pos`; undefined if none starts there. */
function separatorAt(list: string, pos: number): number | undefined {
  if (list[pos] !== ',' && !isBlank(list[pos])) return undefined;
  SEPARATOR.lastIndex = pos;
  return SEPARATOR.test(list) ? SEPARATOR.lastIndex : undefined;
}

function tidy(raw: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is meant
  let item = raw.replace(/[\u0000-\u001f\u007f]/g, ' ').trim();
  if (!/^\.+$/.test(item)) item = item.replace(/(?<=[^.])[.!?;:]$/, '');
  const close = QUOTES[item[0] ?? ''];
  if (close !== undefined && item.length > 1 && item.endsWith(close)) item = item.slice(1, -1).trim();
  return item;
}
