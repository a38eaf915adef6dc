import { visibleLine } from '#protocol/hiddenText.ts';

/** What the editor takes for one of its icons in a label. */
const ICON = /\$\([A-Za-z0-9-]+(?:~[A-Za-z]+)?\)/g;

/** Words of others in a label, on one line: hidden characters are written out, and nothing in them becomes an icon. */
export const inertLabel = (text: string): string => visibleLine(text).replace(ICON, String.raw`\$&`);

/** The same for a notification, in which the editor makes links of Markdown. */
export const inertMessage = (text: string): string => visibleLine(text).replaceAll('](', '] (');

/**
 * The same for Markdown that is trusted with commands. All but letters, digits and blanks are character references, which
 * Markdown reads as text wherever they stand: no word of others can become a link, an image or HTML.
 */
export const inertMarkdown = (text: string): string =>
  visibleLine(text).replace(/[^\p{L}\p{M}\p{N} ]/gu, (char) => `&#${char.codePointAt(0)};`);
