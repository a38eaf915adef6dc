import { parseText, type JsonText } from './jsonText.ts';

/** Values shorter than this are not worth it. */
const SHORT = 256;

/** A text in which long values that no edit touches have short stand-ins, and the way back. */
export interface SetAside {
  json: JsonText;
  /** Puts the values back into a text that was made from `json` by edits. */
  restore: (text: string) => string;
}

/**
 * Sets the long values of an object aside, except those under the keys that are edited: each edit parses the text anew,
 * and a settings file may hold megabytes of something else. A stand-in has a line break where its value has one, so
 * that the layout of the text is judged as before.
 */
export function setAside(json: JsonText, edited: readonly string[]): SetAside {
  const { text, root } = json;
  const nothing: SetAside = { json, restore: (same) => same };
  if (root?.type !== 'object') return nothing;
  const name = unusedIn(text);
  const standIns: { standIn: string; value: string }[] = [];
  let short = '';
  let at = 0;
  for (const property of root.children ?? []) {
    const [key, value] = property.children ?? [];
    if (value === undefined || value.length < SHORT || edited.includes(String(key?.value))) continue;
    const original = text.slice(value.offset, value.offset + value.length);
    const eol = /\r?\n/.exec(original)?.[0] ?? '';
    const standIn = `[${eol}"${name}${standIns.length}"]`;
    standIns.push({ standIn, value: original });
    short += text.slice(at, value.offset) + standIn;
    at = value.offset + value.length;
  }
  const parsed = standIns.length === 0 ? undefined : parseText(short + text.slice(at));
  if (parsed?.ok !== true) return nothing;
  const restore = (changed: string): string =>
    standIns.reduce((whole, { standIn, value }) => whole.split(standIn).join(value), changed);
  return { json: parsed.json, restore };
}

function unusedIn(text: string): string {
  let name = 'set-aside-';
  while (text.includes(name)) name += '-';
  return name;
}
