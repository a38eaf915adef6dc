import { parseText, type JsonText } from './jsonText.ts';

/** Values shorter than this are not worth it. */
const MIN_CHARS = 256;

/** A text in which long values that no edit touches have short stand-ins, and the way back. */
export interface CollapsedJson {
  json: JsonText;
  /** Puts the values back into a text that was made from `json` by edits. */
  restore: (text: string) => string;
}

/**
 * Sets the long values of an object aside, except those under the keys that are edited: each edit parses the text anew,
 * and a settings file may hold megabytes of something else. A stand-in has a line break where its value has one, so
 * that the layout of the text is judged as before.
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
  let name = 'set-aside-';
  while (text.includes(name)) name += '-';
  return name;
}
