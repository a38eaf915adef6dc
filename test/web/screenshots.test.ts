import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../lib/browser.ts';
import { ensureRuntimes, repoRoot } from '../lib/runtimes.ts';
import { busy, collided, empty, failed, hostile, noHooks, past, reading, untrusted, watched } from './fixtures.ts';
import { PanelPage, servePanel } from './panelPage.ts';
import type { ThemeName } from './themes.ts';

const folder = join(repoRoot, 'out', 'screenshots');
let browser: Browser;
let server: Awaited<ReturnType<typeof servePanel>>;

beforeAll(async () => {
  await ensureRuntimes();
  mkdirSync(folder, { recursive: true });
  [browser, server] = await Promise.all([launchBrowser(), servePanel()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

const states = { busy, collided, empty, failed, hostile, noHooks, past, reading, untrusted, watched };

const shots: [keyof typeof states, ThemeName, number][] = [
  ['busy', 'dark', 170],
  ['busy', 'dark', 320],
  ['busy', 'dark', 800],
  ['busy', 'light', 320],
  ['busy', 'hc-dark', 320],
  ['busy', 'hc-light', 320],
  ['watched', 'dark', 170],
  ['watched', 'light', 320],
  ['watched', 'hc-dark', 320],
  ['collided', 'dark', 320],
  ['collided', 'hc-light', 320],
  ['hostile', 'dark', 320],
  ['noHooks', 'dark', 320],
  ['empty', 'light', 320],
  ['untrusted', 'dark', 320],
  ['failed', 'dark', 320],
  ['past', 'dark', 320],
  ['past', 'dark', 170],
  ['past', 'light', 320],
  ['past', 'hc-dark', 320],
  ['past', 'hc-light', 320],
  ['reading', 'dark', 320],
];

test.each(shots)('%s, %s, %i px', async (name, theme, width) => {
  const panel = await PanelPage.open(browser, server.url, {
    theme,
    width,
    savedState: { expanded: { activity: true } },
  });
  await panel.show(states[name]);
  // rows out of sight are not drawn, so the page must be as high as its content
  await panel.page.setViewportSize({ width, height: 6000 });
  const height = await panel.page.evaluate(() => document.querySelector('main')?.scrollHeight ?? 600);
  await panel.page.setViewportSize({ width, height });
  await panel.page.screenshot({ path: join(folder, `${name}-${theme}-${width}.png`), animations: 'disabled' });
  expect(await panel.close()).toEqual([]);
});
