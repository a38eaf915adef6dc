import { formatMessage } from '#protocol/formatMessage.ts';
import type { Texts } from '#protocol/texts.ts';

/** The language that the texts are in; dates and numbers among them are written in it, too. */
export const language = document.documentElement.lang;

/** Every text of the page, in the person's language: the page brings them along. */
export const strings = toFormatters(JSON.parse(document.getElementById('texts')?.textContent ?? '{}')) as Texts;

/** Texts with slots become functions of their values. */
function toFormatters(texts: object): object {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]: [string, string | object]) => [
      name,
      typeof text !== 'string'
        ? toFormatters(text)
        : text.includes('{')
          ? (...values: (string | number)[]) => formatMessage(text, values, language)
          : text,
    ]),
  );
}
