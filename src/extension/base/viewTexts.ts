import { l10n } from 'vscode';
import { namesOf } from '#core/projection/names.ts';
import type { Wording } from '#core/projection/wording.ts';
import { toMessages, translated } from '#protocol/formatMessage.ts';
import type { SessionState } from '#protocol/state.ts';
import { VIEW_TEXTS, type ViewTexts } from '#protocol/viewTexts.ts';
import { textLanguage } from './plural.ts';

let texts: ViewTexts | undefined;

/** The sentences of a view in the person's language. */
export function viewTexts(): ViewTexts {
  texts ??= toMessages(
    translated(VIEW_TEXTS, (english) => l10n.t(english)),
    textLanguage(),
  );
  return texts;
}

/** The same with the names in a session, for its events. */
export function wordingOf(state: SessionState): Wording {
  const known = viewTexts();
  return { texts: known, names: namesOf('', state, undefined, known) };
}
