import { describe, expect, test } from 'vitest';
import { lowContrast, MIN_CONTRAST } from './contrast.ts';
import { panelStage } from './stage.ts';
import { states } from './states.ts';
import { themes, type ThemeName } from './themes.ts';

const open = panelStage();

describe.each(Object.keys(themes) as ThemeName[])('in %s', (theme) => {
  test('every text is told from what is behind it', async () => {
    const panel = await open(undefined, { theme, height: 6000, savedState: { expanded: { activity: true } } });
    let seen = 0;
    for (const [name, state] of Object.entries(states)) {
      await panel.show(state);
      const found = await lowContrast(panel.page, MIN_CONTRAST);
      expect(found.low, name).toEqual([]);
      seen += found.seen;
    }
    expect(seen).toBeGreaterThan(500);
  });

  test('what describes is told from what it describes', async () => {
    const { page } = await open(states.busy, { theme, height: 6000 });
    const [text, dim] = await page.evaluate(() =>
      ['main', '.dim'].map((selector) => {
        const element = document.querySelector(selector);
        return element === null ? '' : getComputedStyle(element).color;
      }),
    );
    expect(dim).not.toBe('');
    expect(dim).not.toBe(text);
  });
});
