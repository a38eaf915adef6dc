import { env, l10n } from 'vscode';
import { formatMessage } from '#protocol/formatMessage.ts';

/** The language that our texts are in: English wherever there is no translation, whatever the editor's is. */
export const textLanguage = (): string => (l10n.bundle === undefined ? 'en' : env.language);

/**
 * A text in which something is counted, such as `{0, plural, one {# worker} other {# workers}}`.
 * @param text already in the person's language
 */
export function plural(text: string, ...values: (string | number)[]): string {
  return formatMessage(text, values, textLanguage());
}
