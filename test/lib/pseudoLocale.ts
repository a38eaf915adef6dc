import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoRoot } from './runtimes.ts';

/**
 * A machine-made language, `[!!Ŕéļéàšé éñ!!]`. A text that appears without it does not go through l10n; a place that is
 * too narrow for it is too narrow for German.
 */
const PLAIN = 'abcdefghijklmnopqrstuvwxyz';
const ACCENTED = 'àƀçďéƒĝĥîĵķļɱñöþɋŕšţûṽŵẋýž';

function accent(letter: string): string {
  const other = ACCENTED[PLAIN.indexOf(letter.toLowerCase())] ?? letter;
  return letter === letter.toLowerCase() ? other : other.toUpperCase();
}

/** Placeholders and plural selectors are kept; the plural forms are translated. */
const KEPT = /(\{\d\}|\{\d, plural,(?: =?\w+ \{|\} =?\w+ \{)|\} =?\w+ \{|\}\})/;

/** `text` in the pseudo locale: accented letters, two fifths longer, and marked at both ends. */
export function pseudo(text: string): string {
  const accented = text
    .split(KEPT)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(/[a-z]/gi, accent)))
    .join('');
  const longer = 'ñöŵ '.repeat(Math.ceil((text.length * 0.4) / 4)).trim();
  return `[!!${accented} ${longer}!!]`;
}

/** VS Code's name for pseudo locales. */
const LANGUAGE = 'qps-ploc';

/**
 * Installs the pseudo locale in a VS Code server, with the translation of the installed extension.
 * @param dir the server's data, the extension installed
 * @returns the server's flags that select it
 */
export function installPseudoLocale(dir: string): string[] {
  const core = join(dir, 'core.i18n.json');
  // a language pack without texts: VS Code's own texts stay English
  writeFileSync(core, JSON.stringify({ contents: {} }));
  const pack = {
    hash: 'made',
    label: 'Made',
    extensions: [{ extensionIdentifier: { id: 'made.made' }, version: '0.0.0' }],
    translations: { vscode: core },
  };
  writeFileSync(join(dir, 'data', 'languagepacks.json'), JSON.stringify({ [LANGUAGE]: pack }));
  const extensions = join(dir, 'extensions');
  for (const name of readdirSync(extensions).filter((each) => each.startsWith('fermata.'))) {
    const folder = join(extensions, name);
    translate(join(folder, 'package.nls.json'), join(folder, `package.nls.${LANGUAGE}.json`));
    translate(join(repoRoot, 'l10n', 'bundle.l10n.json'), join(folder, 'l10n', `bundle.l10n.${LANGUAGE}.json`));
  }
  return ['--locale', LANGUAGE];
}

function translate(from: string, to: string): void {
  const texts = JSON.parse(readFileSync(from, 'utf8')) as Record<string, string>;
  writeFileSync(
    to,
    JSON.stringify(Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, pseudo(text)]))),
  );
}
