/**
 * `npm run screenshots`: plays the demo in a real VS Code and takes the pictures of the README, dark and light, from
 * the running product: while workers run and Claude is held, and when the merge waits for the person.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launchBrowser } from '../lib/browser.ts';
import { ensureRuntimes, repoRoot } from '../lib/runtimes.ts';
import { removeTempDirs } from '../lib/tempDir.ts';
import { startVSCode, workbenchUrl } from '../lib/vscodeServer.ts';
import { packagedExtension } from '../lib/vsix.ts';
import { activityIcon, openWorkbench, webviewFrame } from '../lib/workbench.ts';
import { openStage } from './stage.ts';

const THEMES = { dark: 'Dark Modern', light: 'Light Modern' };
const out = join(repoRoot, 'media', 'screenshots');

await ensureRuntimes();
mkdirSync(out, { recursive: true });
const browser = await launchBrowser();
try {
  for (const [theme, name] of Object.entries(THEMES)) {
    const stage = await openStage({ paceMs: 1200, reviewSeconds: 60 });
    const { project, home, fermataHome } = stage.orchestra;
    const settings = {
      'workbench.colorTheme': name,
      'fermata.notify.block': 'statusBar',
      'workbench.layoutControl.enabled': false,
    };
    const server = await startVSCode({
      vsix: await packagedExtension(),
      home,
      env: { FERMATA_HOME: fermataHome },
      settings,
    });
    try {
      const page = await browser.newPage({ viewport: { width: 1120, height: 760 }, deviceScaleFactor: 1 });
      await openWorkbench(page, workbenchUrl(server, project));
      await activityIcon(page, 'Fermata').click();
      await page.mouse.move(800, 500);
      const panel = webviewFrame(page);
      await panel.locator('main').waitFor();
      const sash = await page.locator('.monaco-sash.vertical').nth(1).boundingBox();
      if (sash !== null) {
        // a little wider than VS Code's default, as people have it
        await page.mouse.move(sash.x + 2, 300);
        await page.mouse.down();
        await page.mouse.move(sash.x + 80, 300);
        await page.mouse.up();
        await page.mouse.move(800, 500);
      }
      const playing = stage.play();
      await panel.getByText(/holds Read/).waitFor({ timeout: 60_000 });
      await panel
        .getByText(/[3-6]\d%/)
        .first()
        .waitFor({ timeout: 60_000 });
      await page.screenshot({ path: join(out, `held-${theme}.png`) });
      await panel
        .getByText(/holds Bash/)
        .first()
        .waitFor({ timeout: 60_000 });
      const card = panel.locator('[data-block]', { hasText: 'the merge waits for you' });
      await card.getByText(/holds Bash/).waitFor({ timeout: 60_000 });
      await page.screenshot({ path: join(out, `review-${theme}.png`) });
      await card.locator('[data-action="release"]').click();
      console.log(`${theme}: ${(await playing).result?.result ?? 'no result'}`);
      await page.close();
    } finally {
      await server.stop();
      await stage.close();
    }
  }
} finally {
  await browser.close();
  removeTempDirs();
}
