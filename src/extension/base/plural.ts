import { env, l10n } from 'vscode';
import { formatMessage } from '#protocol/formatMessage.ts';

/** The language of Fermata's texts: the editor's where there is a translation, else English. */
export const textLanguage = (): string => (l10n.bundle === undefined ? 'en' : env.language);

/**
 * Fills in a text with a count, such as `{0, plural, one {# worker} other {# workers}}`.
 * @param text in the person's language
 */
export function plural(text: string, ...values: (string | number)[]): string {
  return formatMessage(text, values, textLanguage());
}
