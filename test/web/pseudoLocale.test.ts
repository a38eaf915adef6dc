import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HOOK_EVENTS } from '#protocol/hookEvents.ts';
import type { PanelState } from '#protocol/messages.ts';
import { WEBVIEW_TEXTS } from '#protocol/texts.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { past, reading } from './fixtures.ts';
import { overflowing } from './overflow.ts';
import type { PanelPage } from './panelPage.ts';
import { panelStage } from './stage.ts';
import { states } from './states.ts';

const folder = join(repoRoot, 'out', 'screenshots');
mkdirSync(folder, { recursive: true });
const open = panelStage();

const shown = Object.entries<PanelState>({ ...states, past, reading });

/** Fields whose values the panel interprets; all other fields are text from a log. */
const KEYWORD_FIELDS = new Set(['state', 'action', 'mode', 'event', 't']);
const KINDS = Object.keys(WEBVIEW_TEXTS.noticeKind);

/** Writes text from logs in Cyrillic letters, so that all Latin letters are the panel's own. */
function foreign<T>(value: T, key = ''): T {
  if (typeof value === 'string' && !KEYWORD_FIELDS.has(key) && !(key === 'kind' && KINDS.includes(value)))
    return value.replaceAll(/[a-z]/gi, (letter) => String.fromCodePoint(0x3f0 + letter.codePointAt(0)!)) as T;
  if (Array.isArray(value)) return value.map((each: unknown) => foreign(each, key)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, foreign(inner, name)])) as T;
}

/** Not translated: names of hook events, formatted dates, short numbers, characters shown by their code. */
const NO_TEXT = new RegExp(
  `\\b(${HOOK_EVENTS.join('|')}|[A-Z][a-z]{2}, [A-Z][a-z]{2} \\d+|\\d+(\\.\\d+)?[KMB])\\b|⟨U\\+[0-9A-F]+⟩`,
  'g',
);

/** All visible texts and accessible names in plain Latin letters. */
async function untranslated({ page }: PanelPage): Promise<string[]> {
  const texts = await page.evaluate(() => {
    const attributes = ['aria-label', 'title', 'placeholder', 'aria-description', 'aria-valuetext', 'alt'];
    const root = document.querySelector('#root');
    const all = [...(root?.querySelectorAll('*') ?? [])];
    return [
      ...all.flatMap((each) => attributes.map((name) => each.getAttribute(name) ?? '')),
      ...all.flatMap((each) =>
        [...each.childNodes].map((node) => (node.nodeType === Node.TEXT_NODE ? (node.textContent ?? '') : '')),
      ),
    ];
  });
  return [...new Set(texts)].filter((text) => /[a-z]{2}/i.test(text.replaceAll(NO_TEXT, '')));
}

/** The actions whose click changes only the panel. */
const OPENS = [
  'let-run-and-say',
  'more-answers',
  'deny-and-say',
  'message',
  'abort',
  'abort-session',
  'release-all',
  'vote',
  'break-lock',
];

describe.each([170, 300])('in another language, %i px wide', (width) => {
  test.each(shown)('%s has no text that is not translated, and none that does not fit', async (name, state) => {
    const panel = await open(undefined, { width, language: 'pseudo' });
    const { page } = panel;
    expect(await untranslated(panel)).toEqual([]);
    await panel.show(foreign(state));
    await page.evaluate(() => {
      for (const each of document.querySelectorAll('details')) each.open = true;
    });
    const inspect = async (what: string): Promise<void> => {
      expect(await untranslated(panel), what).toEqual([]);
      expect(await overflowing(page), what).toEqual([]);
    };
    await inspect('at once');
    if (name === 'busy') await page.screenshot({ path: join(folder, `pseudo-${width}.png`), fullPage: true });
    for (const action of OPENS) {
      const button = page.locator(`[data-action="${action}"]:visible`).first();
      if ((await button.count()) === 0) continue;
      await button.click();
      await inspect(action);
      await page.keyboard.press('Escape');
    }
    expect(await panel.intents()).toEqual([]);
  });
});
