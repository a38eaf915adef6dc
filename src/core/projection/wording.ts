import { toMessages } from '#protocol/formatMessage.ts';
import { VIEW_TEXTS, type ViewTexts } from '#protocol/viewTexts.ts';

/** The names in one session: its own, those of its workers by their ids, and of its blocks, by their reasons. */
export interface Names {
  session: string;
  worker: (id: string) => string;
  block: (id: string) => string;
}

/** The words in which a view describes a session: the sentences of a language, and what a person calls its workers. */
export interface Wording {
  texts: ViewTexts;
  names: Names;
}

/** The sentences where no surface asks for another language. */
export const ENGLISH: ViewTexts = toMessages(VIEW_TEXTS, 'en');

/** For programs and their authors: in English, and everything by its id. */
export const BY_IDS: Wording = { texts: ENGLISH, names: { session: '', worker: (id) => id, block: (id) => id } };
