import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { describe, expect, test } from 'vitest';
import type { PanelPage } from './panelPage.ts';
import { panelStage } from './stage.ts';
import { states } from './states.ts';
import { themes, type ThemeName } from './themes.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const open = panelStage();

/** The violations that axe finds on the page. */
async function violations({ page }: PanelPage): Promise<string[]> {
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: () => Promise<AxeResults> } };
    const { violations: found } = await axe.run();
    return found.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`),
    );
  });
}

describe.each(Object.keys(themes) as ThemeName[])('axe finds nothing in %s', (theme) => {
  test('before anything has come', async () => {
    const panel = await open(undefined, { theme });
    await panel.page.evaluate(axeSource);
    expect(await violations(panel)).toEqual([]);
  });

  test('in any state', async () => {
    const panel = await open(undefined, { theme, height: 6000, savedState: { expanded: { activity: true } } });
    await panel.page.evaluate(axeSource);
    for (const [name, state] of Object.entries(states)) {
      await panel.show(state);
      expect(await violations(panel), name).toEqual([]);
    }
  });

  test('while it asks back, and while a word is written', async () => {
    const panel = await open(states.busy, { theme, height: 6000 });
    const { page } = panel;
    await page.evaluate(axeSource);
    await page.click('[data-worker="W1"] [data-action="abort"]');
    await page.click('[data-action="release-all"]');
    await page.click('[data-blocks="B1"] [data-action="let-run-and-say"]');
    await page.click('[data-worker="W4"] [data-action="message"]');
    expect(await violations(panel)).toEqual([]);
  });
});
