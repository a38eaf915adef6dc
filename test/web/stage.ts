import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { PanelState } from '#protocol/messages.ts';
import { launchBrowser } from '#test/lib/browser.ts';
import { ensureRuntimes } from '#test/lib/runtimes.ts';
import { NOW } from './fixtures.ts';
import { PanelPage, servePanel, type PanelOptions } from './panelPage.ts';

interface StageOptions {
  /** Returns the path of a fontconfig file that replaces the machine's. */
  fonts?: () => string;
}

/**
 * A browser and the panel's page for the tests of one file. Closes every panel after the test that opened it; the test
 * fails on an uncaught error, a fault that the panel reports, or a violation of the CSP. The time in a panel is that of the
 * fixtures, and stands, since a text that has a time in it would change under the test.
 * @returns opens a panel, with a snapshot drawn if one is given
 */
export function panelStage({ fonts }: StageOptions = {}): (
  state?: PanelState,
  options?: PanelOptions,
) => Promise<PanelPage> {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof servePanel>>;
  let opened: PanelPage[] = [];

  beforeAll(async () => {
    await ensureRuntimes();
    const env = fonts === undefined ? process.env : { ...process.env, FONTCONFIG_FILE: fonts() };
    [browser, server] = await Promise.all([launchBrowser(env), servePanel()]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  afterEach(async () => {
    const panels = opened;
    opened = [];
    for (const panel of panels) expect(await panel.close()).toEqual([]);
  });

  return async (state, options) => {
    const panel = await PanelPage.open(
      browser,
      server.url,
      options?.from === undefined ? { now: NOW, ...options } : options,
    );
    opened.push(panel);
    if (state) await panel.show(state);
    return panel;
  };
}
