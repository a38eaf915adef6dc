import { parseText, type JsonText } from './jsonText.ts';

/** Shorter values are left in place. */
const MIN_CHARS = 256;

/** A text with short placeholders for long values. */
export interface CollapsedJson {
  json: JsonText;
  /** Replaces the placeholders in an edited text of `json` by the original values. */
  restore: (text: string) => string;
}

/**
 * Replaces the long values of an object by placeholders, except under the keys that are edited. Each edit parses the
 * whole text again, and a settings file may have megabytes under other keys. A placeholder has a line break if its
 * value has one, so that the layout of the text is detected as before.
 */
export function collapseValues(json: JsonText, editedKeys: readonly string[]): CollapsedJson {
  const { text, root } = json;
  const unchanged: CollapsedJson = { json, restore: (same) => same };
  if (root?.type !== 'object') return unchanged;
  const name = unusedName(text);
  const placeholders: { placeholder: string; value: string }[] = [];
  let collapsed = '';
  let position = 0;
  for (const property of root.children ?? []) {
    const [key, value] = property.children ?? [];
    if (value === undefined || value.length < MIN_CHARS || editedKeys.includes(String(key?.value))) continue;
    const original = text.slice(value.offset, value.offset + value.length);
    const eol = /\r?\n/.exec(original)?.[0] ?? '';
    const placeholder = `[${eol}"${name}${placeholders.length}"]`;
    placeholders.push({ placeholder, value: original });
    collapsed += text.slice(position, value.offset) + placeholder;
    position = value.offset + value.length;
  }
  const parsed = placeholders.length === 0 ? undefined : parseText(collapsed + text.slice(position));
  if (parsed?.ok !== true) return unchanged;
  const restore = (changed: string): string =>
    placeholders.reduce((result, { placeholder, value }) => result.split(placeholder).join(value), changed);
  return { json: parsed.json, restore };
}

function unusedName(text: string): string {
  let name = 'collapsed-';
  while (text.includes(name)) name += '-';
  return name;
}
