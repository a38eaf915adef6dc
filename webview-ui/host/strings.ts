import { formatMessage } from '#protocol/formatMessage.ts';
import type { Texts } from '#protocol/texts.ts';

/** The language of the texts; dates and numbers among them are formatted for it. */
export const language = document.documentElement.lang;

/** Every text of the page in the person's language, read from the page itself. */
export const strings = toFormatters(JSON.parse(document.getElementById('texts')?.textContent ?? '{}')) as Texts;

/** Turns each text with placeholders into a function of their values. */
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
