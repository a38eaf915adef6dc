import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A language made by machine, `[!!Ŕéļéàšé éñ!!]`: whatever is on the screen without it does not go through l10n, and what it does not fit into will not fit German. */
const PLAIN = 'abcdefghijklmnopqrstuvwxyz';
const STRANGE = 'àƀçďéƒĝĥîĵķļɱñöþɋŕšţûṽŵẋýž';

function strange(letter: string): string {
  const other = STRANGE[PLAIN.indexOf(letter.toLowerCase())] ?? letter;
  return letter === letter.toLowerCase() ? other : other.toUpperCase();
}

/** What is filled in and what chooses between forms stays as it is; the forms themselves do not. */
const KEPT = /(\{\d\}|\{\d, plural,(?: =?\w+ \{|\} =?\w+ \{)|\} =?\w+ \{|\}\})/;

/** A text of ours in the made language: every letter another, two fifths longer, and marked at both ends. */
export function pseudo(text: string): string {
  const accented = text
    .split(KEPT)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(/[a-z]/gi, strange)))
    .join('');
  const longer = 'ñöŵ '.repeat(Math.ceil((text.length * 0.4) / 4)).trim();
  return `[!!${accented} ${longer}!!]`;
}

/** The name by which VS Code knows a language of this kind. */
const LANGUAGE = 'qps-ploc';

/**
 * Gives a VS Code server the made language, and the extension in it its translation.
 * @param dir the server's data, the extension installed
 * @returns the flags with which the server then speaks it
 */
export function installPseudoLocale(dir: string): string[] {
  const core = join(dir, 'core.i18n.json');
  // a language pack without a text: what is VS Code's own stays English
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
    translate(join(folder, 'l10n', 'bundle.l10n.json'), join(folder, 'l10n', `bundle.l10n.${LANGUAGE}.json`));
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
