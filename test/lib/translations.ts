import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pseudo } from './pseudoLocale.ts';
import { repoRoot } from './runtimes.ts';

/** The languages that Fermata ships besides English, as VS Code names them. */
export const LANGUAGES = ['de', 'es', 'fr', 'ja', 'zh-cn'] as const;
export type TextLanguage = 'en' | 'pseudo' | (typeof LANGUAGES)[number];

/** Returns what gives an English text of the extension or its pages in another language. */
export function translationInto(language: TextLanguage): (english: string) => string {
  if (language === 'en') return (english) => english;
  if (language === 'pseudo') return pseudo;
  const file = join(repoRoot, 'l10n', `bundle.l10n.${language}.json`);
  const bundle = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  return (english) => bundle[english] ?? english;
}
