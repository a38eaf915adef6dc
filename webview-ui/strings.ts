import { fillIn } from '../src/protocol/fillIn.ts';
import type { Texts } from '../src/protocol/texts.ts';

/** Every text of the page, in the person's language: the page brings them along. */
export const strings = usable(JSON.parse(document.getElementById('texts')?.textContent ?? '{}')) as Texts;

/** Texts with slots become functions of their values. */
function usable(texts: object): object {
  const { lang } = document.documentElement;
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]: [string, string | object]) => [
      name,
      typeof text !== 'string'
        ? usable(text)
        : text.includes('{')
          ? (...values: (string | number)[]) => fillIn(text, values, lang)
          : text,
    ]),
  );
}
