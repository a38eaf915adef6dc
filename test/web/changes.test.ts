import { expect, test } from 'vitest';
import { NOW, panelState, session, view, worker } from './fixtures.ts';
import { overflowing } from './overflow.ts';
import { panelStage } from './stage.ts';

const open = panelStage();

const state = panelState({
  view: view({
    session: session({ changes: { files: 3, added: 41, removed: 7, binary: 1 } }),
    workers: [
      worker('a1', { task: 'Review payments', changes: { files: 1, noGit: 1 } }),
      worker('W1', { task: 'Load data1.csv' }),
    ],
    notices: [
      {
        id: 'n1',
        kind: 'collision',
        text: 'Fix the rounding and Rename discount edited src/cart.ts within ten minutes.',
        collision: { file: 'src/cart.ts', path: '/p/src/cart.ts', agents: [] },
        action: 'compareEdits',
        dismiss: 7,
        ts: NOW,
      },
    ],
  }),
});

test('the changes of the session and of a worker say how much they are, what was not counted, and open', async () => {
  const panel = await open(state);
  const { page } = panel;
  const buttons = page.locator('[data-action="open-changes"]');
  expect(await buttons.allInnerTexts()).toEqual(['3 files +41 −7', '1 file']);
  expect(await buttons.evaluateAll((all) => all.map((each) => each.ariaLabel))).toEqual([
    'Show what Load the nightly data has changed: 3 files +41 −7, 1 without lines to count',
    'Show what Review payments has changed: 1 file, 1 in no git repository',
  ]);
  await buttons.first().click();
  // a narrow row shows it while it has the focus
  await page.focus('[data-worker="a1"]');
  await buttons.last().click();
  await page.click('[data-notice="n1"] [data-action="compareEdits"]');
  expect(await panel.intents()).toEqual([
    { action: 'openChanges', session: 'S-alpha' },
    { action: 'openChanges', session: 'S-alpha', worker: 'a1' },
    { action: 'compareEdits', session: 'S-alpha', notice: 7 },
  ]);
});

test.each([200, 250, 320])('%i px wide nothing stands out of the page', async (width) => {
  const { page } = await open(state, { width, height: 2000 });
  expect(await overflowing(page)).toEqual([]);
});
