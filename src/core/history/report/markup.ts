import { masked } from '#core/base/masking.ts';
import { visibleText, withoutColours } from '#protocol/hiddenText.ts';

/** HTML in which all text is escaped, and without passwords and tokens: it leaves the machine. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | undefined | readonly Html[];

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map((html) => html.text).join('');
  return visibleText(withoutColours(masked(String(part)))).replace(/[&<>"']/g, (c) => ESCAPES[c] ?? c);
}

/** Makes HTML of a template. Escapes its values, except those that are HTML already. */
export const markup = (strings: TemplateStringsArray, ...parts: Part[]): Html =>
  new Html(strings.map((text, i) => text + escaped(parts[i])).join(''));

/** A table, one line for each row. */
export function table(headers: string[], rows: Part[][]): Html {
  const head = headers.map((header) => markup`<th scope="col">${header}</th>`);
  const body = rows.map((row) => markup`<tr>${row.map((cell) => markup`<td>${cell}</td>`)}</tr>\n`);
  return markup`<table><thead><tr>${head}</tr></thead>\n<tbody>${body}</tbody></table>`;
}
