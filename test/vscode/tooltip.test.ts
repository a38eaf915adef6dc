import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { openEditor, type Editor } from './editor.ts';
import { createSession } from './testSession.ts';

let editor: Editor;
beforeAll(async () => {
  editor = await openEditor({});
});
afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

const TODOS = [
  '<command:workbench.action.terminal.new#>',
  '[run](command:workbench.action.terminal.new)',
  '![x](https://example.org/a.png) https://example.org <b>b</b> &lt;i&gt; \u202egnp',
  '](command:workbench.action.terminal.new) [y](command:workbench.action.terminal.new',
  '`a` **b** _c_ ~~d~~ # e\n\n1. f\n- g\n> h\n\n    i\n\n| j | k |\n|---|---|\n| l | m |\n\n---',
  'www.example.org terminal@example.org file:///terminal vscode://terminal',
  '[z]: command:workbench.action.terminal.new\n[z] [z][] \\[z](command:workbench.action.terminal.new)',
  '<a href="command:workbench.action.terminal.new">n</a><img src=x><script>o</script><!-- terminal -->',
  '$(terminal) &#91;p&#93;&#40;command:workbench.action.terminal.new&#41; $$q$$',
];

/** The transcript of a session whose model has this as the task that it is at. */
function transcriptWith(todo: string): string {
  const fixture = join(repoRoot, 'test/unit/core/claude/transcript/fixtures/todos/1.jsonl');
  const lines = readFileSync(fixture, 'utf8').split('\n');
  const call = JSON.parse(lines[5] ?? '{}') as { message: { content: { input: { todos: object[] } }[] } };
  const [content] = call.message.content;
  if (content !== undefined) content.input.todos = [{ content: todo, status: 'in_progress', activeForm: todo }];
  const path = join(tempDir(), 'transcript.jsonl');
  writeFileSync(path, `${JSON.stringify(call)}\n${lines[6] ?? ''}\n`);
  return path;
}

test('a task of the model is text in the tooltip of the status bar, which has links of its own alone', async () => {
  const { page, fermataHome, project } = editor;
  for (const [i, todo] of TODOS.entries()) {
    const session = createSession(fermataHome, project, `aaaa${i}aaa-1111`);
    session.publish({ t: 'session', session: `aaaa${i}aaa-1111`, cwd: project, transcript: transcriptWith(todo) });
    session.publish({ t: 'turn', state: 'working' }, { t: 'spawn', worker: 'W1' });
  }
  const item = page.locator('.statusbar-item[id="fermata.fermata.fermata.status"]');
  await item.waitFor();
  const tooltip = page.locator('.monaco-hover:visible');
  // the tooltip that is open is not drawn anew, so it is opened again
  await waitFor(
    async () => {
      await page.mouse.move(800, 300);
      await item.hover();
      await tooltip.waitFor();
      const text = await tooltip.innerText();
      return [
        'terminal.new#>',
        '[run](command:',
        'https://example.org <b>b</b>',
        '⟨U+202E⟩gnp',
        '**b**',
        '<!--',
        '$$q$$',
      ].every((part) => text.includes(part));
    },
    { describe: 'the tasks in the tooltip', timeoutMs: 60_000, intervalMs: 500 },
  );
  const targets = await tooltip
    .locator('a')
    .evaluateAll((links) => links.map((each) => `${each.getAttribute('data-href')} ${each.getAttribute('href')}`));
  expect(targets.length).toBeGreaterThan(0);
  expect(targets.filter((target) => /terminal|example/.test(target))).toEqual([]);
  const ofOthers = 'img, b, i, em, del, code, pre, h1, ol, ul, blockquote, table, hr, script';
  expect(await tooltip.locator(ofOthers).count()).toBe(0);
}, 180_000);
