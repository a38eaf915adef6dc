import { expect, test } from 'vitest';
import { expectPicture, goldenFonts, picturesAreComparable } from './pictures.ts';
import { NOW } from './fixtures.ts';
import type { PanelPage, PanelOptions } from './panelPage.ts';
import { panelStage } from './stage.ts';
import { states, type StateName } from './states.ts';
import type { ThemeName } from './themes.ts';

const stage = panelStage({ fonts: goldenFonts });

/** Opens a state at a fixed time, in a page as high as its content. */
async function open(name: StateName, options: PanelOptions): Promise<PanelPage> {
  const { width = 320 } = options;
  const panel = await stage(undefined, { ...options, width, now: NOW, savedState: { expanded: { activity: true } } });
  await panel.show(states[name]);
  // rows out of sight are not drawn
  await panel.page.setViewportSize({ width, height: 6000 });
  const height = await panel.page.evaluate(() => Math.ceil(document.querySelector('main')?.scrollHeight ?? 600));
  await panel.page.setViewportSize({ width, height });
  return panel;
}

/** The page as a screen reader finds it. */
test.each(Object.keys(states) as StateName[])('%s reads as it did', async (name) => {
  const panel = await open(name, {});
  const text = await panel.page.locator('body').ariaSnapshot();
  await expect(`${text}\n`).toMatchFileSnapshot(`golden/${name}.yml`);
});

const pictures: [StateName, ThemeName, number][] = [
  ['busy', 'dark', 170],
  ['busy', 'dark', 320],
  ['busy', 'dark', 800],
  ['busy', 'light', 320],
  ['busy', 'hc-dark', 320],
  ['busy', 'hc-light', 320],
  ['asking', 'dark', 320],
  ['collided', 'light', 320],
  ['deadlocked', 'dark', 320],
  ['deadlocked', 'hc-light', 320],
  ['empty', 'light', 320],
  ['failed', 'dark', 320],
  ['noHooks', 'dark', 320],
  ['past', 'dark', 320],
  ['stuck', 'dark', 320],
  ['stuck', 'light', 320],
  ['untrusted', 'hc-dark', 320],
  ['watched', 'dark', 320],
];

test.runIf(picturesAreComparable).each(pictures)(
  '%s in %s, %i px wide, looks as it did',
  async (name, theme, width) => {
    const { page } = await open(name, { theme, width });
    const png = await page.screenshot({ animations: 'disabled' });
    await expectPicture(page, `${name}-${theme}-${width}.png`, png);
    // a blank picture would not differ from another blank one
    expect(png.length).toBeGreaterThan(2000);
  },
);
