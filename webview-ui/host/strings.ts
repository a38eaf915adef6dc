import { toMessages } from '#protocol/formatMessage.ts';
import type { Texts, WEBVIEW_TEXTS } from '#protocol/texts.ts';

/** The language of the texts; dates and numbers among them are formatted for it. */
export const language = document.documentElement.lang;

/** Every text of the page in the person's language, read from the page itself. */
export const strings: Texts = toMessages(
  JSON.parse(document.getElementById('texts')?.textContent ?? '{}') as typeof WEBVIEW_TEXTS,
  language,
);
