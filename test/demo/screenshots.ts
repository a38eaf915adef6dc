/**
 * `npm run screenshots`: takes the pictures of the README from the running product. The Board of ten terminals. Scenario 1
 * on the real CLI, dark and light: while Claude is held, when the merge waits for the person, and the whole timeline; then the first minutes of a
 * person who follows the README on a clean machine.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '#test/lib/browser.ts';
import { startModelServer } from '#test/lib/modelServer.ts';
import { ensureRuntimes, repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { startVSCode, workbenchUrl } from '#test/lib/vscodeServer.ts';
import { packagedExtension } from '#test/lib/vsix.ts';
import { showView, openWorkbench, runCommand, someWebview, webviewFrame } from '#test/lib/workbench.ts';
import { openEditor } from '#test/vscode/editor.ts';
import { cleanMachine, firstMinutes, oneCommand } from '#test/vscode/firstMinutes.ts';
import { NOW } from '#test/web/fixtures.ts';
import { PanelPage, servePanel } from '#test/web/panelPage.ts';
import { situations } from '#test/web/situations.ts';
import { openStage } from './stage.ts';

const THEMES = { dark: 'Dark Modern', light: 'Light Modern' };
const out = join(repoRoot, 'media', 'screenshots');
const picture = async (page: Page, name: string): Promise<void> =>
  void (await page.screenshot({ path: join(out, `${name}.png`) }));

/** A little wider than VS Code's default. */
async function widenSideBar(page: Page): Promise<void> {
  const sash = await page.locator('.monaco-sash.vertical').nth(1).boundingBox();
  if (sash === null) return;
  await page.mouse.move(sash.x + 2, 300);
  await page.mouse.down();
  await page.mouse.move(sash.x + 80, 300);
  await page.mouse.up();
  await page.mouse.move(800, 500);
}

/** Three workers, a held Read, a merge that waits, and the result. */
async function scenario(browser: Browser, theme: keyof typeof THEMES): Promise<void> {
  const stage = await openStage({ paceMs: 1200, reviewSeconds: 60 });
  const { project, home, fermataHome } = stage.orchestra;
  const settings = {
    'workbench.colorTheme': THEMES[theme],
    'fermata.notify.block': 'statusBar',
    'workbench.layoutControl.enabled': false,
  };
  const vsix = await packagedExtension();
  const server = await startVSCode({ vsix, home, env: { FERMATA_HOME: fermataHome }, settings });
  try {
    const page = await browser.newPage({ viewport: { width: 1120, height: 760 }, deviceScaleFactor: 1 });
    page.setDefaultTimeout(60_000);
    await openWorkbench(page, workbenchUrl(server, project));
    await showView(page, 'Fermata');
    await page.mouse.move(800, 500);
    const panel = webviewFrame(page);
    await panel.locator('main').waitFor();
    await widenSideBar(page);
    const playing = stage.play();
    await panel.getByText(/wants to read/).waitFor();
    await panel
      .getByText(/[3-6]\d%/)
      .first()
      .waitFor();
    await picture(page, `held-${theme}`);
    const card = panel.locator('[data-block]', { hasText: 'the merge waits for you' });
    await card.getByText(/wants to run/).waitFor();
    await picture(page, `review-${theme}`);
    await card.locator(':is([data-action="release"], [data-action="let-run"])').click();
    console.log(`${theme}: ${(await playing).result?.result ?? 'no result'}`);
    await runCommand(page, 'Fermata: Open Timeline');
    await someWebview(page, '[role="application"]');
    await page.mouse.move(800, 740);
    // the tab's own tooltip
    await page.locator('.monaco-hover:visible').waitFor({ state: 'hidden' });
    await picture(page, `timeline-${theme}`);
    await page.close();
  } finally {
    await server.stop();
    await stage.close();
  }
}

/** The Board of a person with ten terminals, in the panel's own page. */
async function board(browser: Browser): Promise<void> {
  const server = await servePanel();
  try {
    for (const theme of ['dark', 'light'] as const) {
      const panel = await PanelPage.open(browser, server.url, { theme, width: 380, height: 860, now: NOW });
      await panel.show(situations.tenTerminals);
      await picture(panel.page, `board-${theme}`);
      await panel.close();
    }
  } finally {
    await server.close();
  }
}

/** The first minutes of a person who follows the README. */
async function first(): Promise<void> {
  const model = await startModelServer(oneCommand);
  try {
    const machine = cleanMachine(model.url);
    const settings = { 'workbench.colorTheme': THEMES.dark, 'workbench.layoutControl.enabled': false };
    const editor = await openEditor({ ...machine, settings });
    try {
      await editor.page.setViewportSize({ width: 1120, height: 760 });
      await firstMinutes(editor, (name) => picture(editor.page, `first-${name}`));
    } finally {
      await editor.close();
    }
  } finally {
    await model.stop();
  }
}

await ensureRuntimes();
mkdirSync(out, { recursive: true });
const browser = await launchBrowser();
try {
  await board(browser);
  await scenario(browser, 'dark');
  await scenario(browser, 'light');
} finally {
  await browser.close();
}
await first();
removeTempDirs();
