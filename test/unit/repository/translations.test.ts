import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatMessage } from '#protocol/formatMessage.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { LANGUAGES } from '#test/lib/translations.ts';

type Texts = Record<string, string>;

const read = (...path: string[]): Texts => JSON.parse(readFileSync(join(repoRoot, ...path), 'utf8')) as Texts;
const english = { bundle: read('l10n', 'bundle.l10n.json'), manifest: read('package.nls.json') };

/** `{0}`, and of `{1, plural, one {…} other {…}}` its number. */
const slots = (text: string): string[] => (text.match(/\{\d/g) ?? []).toSorted();
/** What a text of the manifest refers to: commands, settings, code. */
const references = (text: string): string[] => (text.match(/\]\(command:[^)]*\)|`[^`]*`|#[\w.]+#/g) ?? []).toSorted();

test('there is a translation of everything into each language, and into no other', () => {
  const names = readdirSync(join(repoRoot, 'l10n')).flatMap(
    (name) => /^bundle\.l10n\.(.+)\.json$/.exec(name)?.[1] ?? [],
  );
  expect(names.toSorted()).toEqual(LANGUAGES);
  expect(LANGUAGES.filter((language) => !existsSync(join(repoRoot, `package.nls.${language}.json`)))).toEqual([]);
});

describe.each(LANGUAGES)('in %s', (language) => {
  const bundle = read('l10n', `bundle.l10n.${language}.json`);
  const manifest = read(`package.nls.${language}.json`);

  test('no text is missing, and none is left over', () => {
    expect(Object.keys(bundle).toSorted()).toEqual(Object.keys(english.bundle).toSorted());
    expect(Object.keys(manifest).toSorted()).toEqual(Object.keys(english.manifest).toSorted());
  });

  test('every text keeps the places of its values, and every reference', () => {
    for (const [key, text] of Object.entries(bundle)) expect(slots(text), key).toEqual(slots(key));
    for (const [key, text] of Object.entries(manifest))
      expect(references(text), key).toEqual(references(english.manifest[key] ?? ''));
  });

  test('every plural has the forms of the language, and none is left as it was written', () => {
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
    for (const [key, text] of Object.entries(bundle).filter(([each]) => each.includes(', plural,'))) {
      const forms = text.split(/\{\d, plural,/).slice(1);
      for (const form of forms)
        expect(
          pluralCategories.some((name) => form.includes(`${name} {`)),
          key,
        ).toBe(true);
      for (const count of [0, 1, 2, 5, 21]) {
        const filled = formatMessage(text, [count, count, count, count], language);
        expect(filled, key).not.toMatch(/plural,|[{}]/);
        if (/#/.test(key)) expect(formatMessage(text, [21, 21, 21, 21], language), key).toContain('21');
      }
    }
  });

  test('a text begins where it can be read, ends as its original does, and most differ from it', () => {
    const ends = (text: string): string =>
      ({ '。': '.', '？': '?', '！': '!', '：': ':' })[text.at(-1) ?? ''] ?? text.at(-1) ?? '';
    for (const [key, text] of Object.entries(bundle)) {
      expect(text, key).toBe(text.trim());
      if (/[.?…:]$/.test(key)) expect(ends(text), `${key} = ${text}`).toBe(ends(key));
    }
    const same = Object.entries(bundle).filter(([key, text]) => key === text && /[a-z]{4}/i.test(key));
    expect(same.length).toBeLessThan(Object.keys(bundle).length / 15);
  });
});
