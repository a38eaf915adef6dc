import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repoRoot } from '#test/lib/runtimes.ts';

const files = ['src', 'hooks', 'webview-ui'].flatMap((folder) =>
  readdirSync(join(repoRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => ({ name: join(folder, name), text: readFileSync(join(repoRoot, folder, name), 'utf8') })),
);

/** The ways to a surface on which words of others are read, and what a file that takes one has to take as well. */
const SURFACES: [surface: string, use: RegExp, door: RegExp][] = [
  ['trusted Markdown', /isTrusted = true/, /inertMarkdown/],
  ['a list to pick from', /\.(?:show|create)QuickPick\b/, /inertLabel|settingsPath/],
  ['a row of a tree', /new vscode\.TreeItem\(/, /visibleLine/],
  ['a message in the status bar', /setStatusBarMessage\(/, /inertLabel/],
  ['HTML', /class Html\b/, /visibleText/],
  ['the context of the model', /additionalContext'\]|permissionDecisionReason/, /^/],
];

test.each(SURFACES)('%s: a file that uses it makes words of others harmless', (_surface, use, door) => {
  const using = files.filter(({ text }) => use.test(text));
  expect(using.length).toBeGreaterThan(0);
  expect(using.filter(({ text }) => !door.test(text)).map(({ name }) => name)).toEqual([]);
});

test('no other Markdown is trusted, no HTML is written past the templates, and hidden characters are known in one place', () => {
  const having = (pattern: RegExp): string[] => files.filter(({ text }) => pattern.test(text)).map(({ name }) => name);
  expect(having(/MarkdownString|supportHtml|supportThemeIcons/)).toEqual(['src/extension/status/statusBar.ts']);
  expect(having(/\.appendText\(/)).toEqual([]);
  expect(having(/innerHTML|insertAdjacentHTML|document\.write/)).toEqual([]);
  expect(having(/u202e|\\p\{Cf\}/i)).toEqual(['src/protocol/hiddenText.ts']);
});

test('the extension runs no patterns of rules: that is left to a process which the editor does not wait for', () => {
  const running = files.filter(
    ({ name, text }) =>
      name.startsWith('src/extension') && /import (?!type)[^;]*\/rules\/(?:dryRun|promptRules|pattern)\.ts'/.test(text),
  );
  expect(running.map(({ name }) => name)).toEqual([]);
});
