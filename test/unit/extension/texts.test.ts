import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RULES_TEMPLATE } from '#extension/rules/template.ts';
import { extensionTexts, webviewBare } from '#test/docs/extensionTexts.ts';
import { repoRoot } from '#test/lib/runtimes.ts';

const { keys, unknown, bare } = extensionTexts();

test('whatever a person sees of the extension goes through l10n, but for what is no text of ours', () => {
  expect(bare.map((each) => each.replace(/^\S+ /, '')).toSorted()).toEqual([
    // what a person may write: patterns to try, and the commands by which projects are tested
    "'Edit|Write'",
    "'cargo test'",
    "'git push*'",
    "'go test ./...'",
    "'make test'",
    // a prompt that the rules of the template match
    "'merge the feature branch'",
    "'npm test'",
    "'src/**'",
    // a line of the log
    "'there is no git on PATH'",
    // Claude reads it
    "`The person now lets this run; make the call again: ${tool} ${summary ?? ''}`",
    // the file that a person begins with
    `\`${RULES_TEMPLATE.replaceAll('\\', '\\\\')}\``,
  ]);
  expect(unknown).toEqual([]);
  expect(keys.length).toBeGreaterThan(250);
});

test('whatever stands in a webview comes from the dictionary', () => {
  expect(webviewBare()).toEqual([]);
});

test('a text begins where it can be read, and means one thing', () => {
  for (const key of keys) expect(key).toBe(key.trim());
});

test('every translation keeps the slots of its original', () => {
  const slots = (text: string): string[] => [...new Set(text.match(/\{\d/g))].toSorted();
  for (const name of readdirSync(join(repoRoot, 'l10n'))) {
    const bundle = JSON.parse(readFileSync(join(repoRoot, 'l10n', name), 'utf8')) as Record<string, string>;
    for (const [key, text] of Object.entries(bundle)) expect(slots(text), `${name}: ${key}`).toEqual(slots(key));
  }
});
