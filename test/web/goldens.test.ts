import { expect, test } from 'vitest';
import { expectPicture, goldenFonts, picturesAreComparable } from './pictures.ts';
import type { PanelPage, PanelOptions } from './panelPage.ts';
import { panelStage } from './stage.ts';
import { states, type StateName } from './states.ts';
import type { ThemeName } from './themes.ts';

const stage = panelStage({ fonts: goldenFonts });

/** Opens a state in a page as high as its content. */
async function open(name: StateName, options: PanelOptions): Promise<PanelPage> {
  const panel = await stage(states[name], { ...options, savedState: { expanded: { activity: true } } });
  await panel.fitHeight();
  return panel;
}

/** What a person cannot read out, and did not name anything by. */
const MADE_ID = /\b[0-9a-f]{8,}\b/i;

/** The page as a screen reader finds it. */
test.each(Object.keys(states) as StateName[])(
  '%s reads as it did, and shows no id that a machine has made',
  async (name) => {
    const { page } = await open(name, {});
    const text = await page.locator('body').ariaSnapshot();
    await expect(`${text}\n`).toMatchFileSnapshot(`golden/${name}.yml`);
    const texts = [await page.innerText('body'), ...(await page.locator('option').allInnerTexts())];
    expect(texts.join('\n')).not.toMatch(MADE_ID);
    expect(text).not.toMatch(MADE_ID);
  },
);

test('though sessions and agents have such ids, which tooltips show', async () => {
  const { page } = await open('watched', {});
  expect(await page.getAttribute('[data-worker] .worker-name', 'title')).toMatch(MADE_ID);
  expect(await page.getAttribute('.session-title', 'title')).toMatch(MADE_ID);
});

const pictures: [StateName, ThemeName, number][] = [
  ...(['shared', 'disconnected', 'seatSilent', 'followedBoard'] as const).flatMap(
    (name): [StateName, ThemeName, number][] => [
      [name, 'dark', 320],
      [name, 'light', 320],
      [name, 'hc-dark', 320],
    ],
  ),
  ['shared', 'dark', 200],
  ['disconnected', 'dark', 200],
  ['disconnected', 'dark', 640],
  ['seatSilent', 'dark', 640],
  ...(['tenTerminals', 'twelveAgents', 'fortyWorkers'] as const).flatMap((name): [StateName, ThemeName, number][] => [
    [name, 'dark', 250],
    [name, 'dark', 320],
    [name, 'light', 320],
    [name, 'hc-dark', 320],
    [name, 'hc-light', 500],
  ]),
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
  ['foreseen', 'dark', 320],
  ['foreseen', 'light', 320],
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
