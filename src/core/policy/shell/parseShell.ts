import { parse } from 'unbash';
import type { ParsedScript } from 'unbash';

/** Texts come from a model: what is longer is not read. The parser takes some milliseconds for so much. */
const MAX_CHARS = 100_000;
/** What lets the parser read on to the end of the text, and then read it again: substitutions, expansions, heredocs. */
const REREAD = /[$<>=@?*+!]\(|\$[{[]|<<|\(\(|`/g;
/** Their number times the length of the text. */
const MAX_REREAD = 10_000_000;

/** The tree of a shell text; a string is the reason why there is none. Never throws, and never takes long. */
export function parseShell(text: string): ParsedScript | string {
  if (text.length > MAX_CHARS) return `it is longer than ${MAX_CHARS} characters`;
  if (text.includes('\0')) return 'it has a null character';
  const openings = text.match(REREAD)?.length ?? 0;
  if (openings * text.length > MAX_REREAD) return 'it has too many substitutions for its length';
  try {
    return parse(text);
  } catch {
    return 'it is nested too deeply';
  }
}

/** Whether a text is no valid shell command; the tree has what could be read. */
export const isBroken = ({ errors }: ParsedScript): boolean => errors !== undefined && errors.length > 0;
