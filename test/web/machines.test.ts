import { expect, test } from 'vitest';
import { panelStage } from './stage.ts';
import { states } from './states.ts';

const open = panelStage();

test('whose end was asked for is given up by a button that asks back; whose was not has none', async () => {
  const panel = await open(states.disconnected);
  const { page } = panel;
  expect(await page.locator('[data-worker="lint"] [data-action="give-up"]').count()).toBe(0);
  const button = page.locator('[data-worker="train"] [data-action="give-up"]');
  await button.click();
  expect(await button.innerText()).toBe('Give up Train the ranking model? Its locks are free then');
  expect(await panel.intents()).toEqual([]);
  await button.click();
  expect(await panel.intents()).toEqual([{ action: 'giveUpWorker', session: 'S-alpha', worker: 'train' }]);
});

test('in Restricted Mode the machines are shown, and nobody is given up', async () => {
  const { page } = await open({ ...states.disconnected, trusted: false });
  await page.getByText('asked to end; gpu1 not heard for 3 min').waitFor();
  expect(await page.locator('[data-action="give-up"]').count()).toBe(0);
});

test('a worker whose machine is not heard is grey, and not marked as silent', async () => {
  const { page } = await open(states.disconnected);
  const colour = (worker: string): Promise<string> =>
    page.locator(`[data-worker="${worker}"] .worker-name`).evaluate((name) => getComputedStyle(name).color);
  expect(await colour('lint')).toBe(await colour('train'));
  expect(await colour('lint')).not.toBe(await colour('W1'));
  expect(await page.locator('.tone-attention', { hasText: 'silent' }).count()).toBe(0);
});

test('the terminal of a followed session is not offered, all else is', async () => {
  const { page } = await open(states.followedBoard);
  const tools = (row: string): Promise<(string | null)[]> =>
    page
      .locator(`[data-board^="${row}"] button[data-action]`)
      .evaluateAll((buttons) => buttons.map((button) => button.getAttribute('data-action')));
  expect(await tools('S-own')).toContain('focus-terminal');
  expect(await tools('S-alpha')).not.toContain('focus-terminal');
  expect(await tools('S-alpha')).toEqual(expect.arrayContaining(['let-run', 'deny-call']));
});

test('a row about the connection is drawn where something is to be said, and nowhere else', async () => {
  const panel = await open(states.shared);
  const row = panel.page.locator('[data-banner="link"]');
  expect(await row.count()).toBe(1);
  await panel.show(states.calm);
  expect(await row.count()).toBe(0);
  await panel.show(states.followedBoard);
  expect(await row.count()).toBe(0);
  expect(await panel.page.locator('[data-link]').count()).toBe(1);
});
