import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';
import { launchBrowser } from '#test/lib/browser.ts';
import { pseudo } from '#test/lib/pseudoLocale.ts';
import { ensureRuntimes, repoRoot } from '#test/lib/runtimes.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { remoteUri, startVSCode, workbenchUrl, type VSCodeOptions, type VSCodeServer } from '#test/lib/vscodeServer.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { showView, openWorkbench, webviewFrame } from '#test/lib/workbench.ts';
import { packagedExtension } from '#test/lib/vsix.ts';

/** The real editor with the packaged extension, open on an empty project, in a real browser. */
export interface Editor {
  server: VSCodeServer;
  page: Page;
  panel: FrameLocator;
  /** The project that is open. */
  project: string;
  /** The home directory that the extension sees, and the Fermata home in it. */
  home: string;
  fermataHome: string;
  screenshot(name: string): Promise<void>;
  close(): Promise<void>;
}

/** The editors that are open at present. */
export const openEditors = new Set<Editor>();

interface EditorOptions extends VSCodeOptions {
  /** The folder that is opened; a new one by default. */
  project?: string;
  /** The folder of an extension that is loaded beside the packaged one. */
  probe?: string;
}

/** On a busy machine an editor takes long to open. */
const OPEN_MS = 60_000;

/** Starts an editor and shows the panel. */
export async function openEditor(options: EditorOptions = {}): Promise<Editor> {
  await ensureRuntimes();
  const vsix = await packagedExtension();
  const home = options.home ?? tempDir('fermata-home-');
  const { project = tempDir('fermata-project-'), probe, ...serverOptions } = options;
  const server = await startVSCode({ vsix, home, ...serverOptions });
  let browser: Browser | undefined;
  const close = async (): Promise<void> => {
    await browser?.close();
    await server.stop();
  };
  try {
    browser = await launchBrowser();
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(60_000);
    page.setDefaultNavigationTimeout(OPEN_MS);
    const beside: [string, string][] =
      probe === undefined ? [] : [['extensionDevelopmentPath', remoteUri(server, probe)]];
    await openWorkbench(page, workbenchUrl(server, project, beside));
    await showView(page, options.pseudoLocale === true ? pseudo('Fermata') : 'Fermata');
    await page.mouse.move(800, 500); // no tooltip in the pictures
    const panel = webviewFrame(page);
    await panel.locator('main:not([data-empty="loading"])').waitFor({ timeout: OPEN_MS });
    const shots = join(repoRoot, 'out', 'screenshots');
    mkdirSync(shots, { recursive: true });
    const screenshot = async (name: string): Promise<void> =>
      void (await page.screenshot({ path: join(shots, `${name}.png`) }));
    const closeThis = (): Promise<void> => {
      openEditors.delete(editor);
      return close();
    };
    const fermataHome = join(home, '.fermata');
    const editor = { server, page, panel, project, home, fermataHome, screenshot, close: closeThis };
    openEditors.add(editor);
    return editor;
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Clicks on something in a notification until the click has had its effect: while a message still slides in, the editor may
 * lose one.
 */
export async function pressInToast(target: Locator, effect: () => boolean | Promise<boolean>): Promise<void> {
  const isTaken = async (): Promise<boolean> => {
    if (await effect()) return true;
    await target.click({ timeout: 5000 });
    await waitFor(effect, { describe: 'what the click does', timeoutMs: 15_000 });
    return true;
  };
  await waitFor(isTaken, { describe: 'a click that is taken', timeoutMs: 60_000 });
}

/** A link of a notification: what a person can decide in one that is withdrawn by itself stands in its text. */
export function toastLink(toast: Locator, name: string): Locator {
  return toast.getByRole('link', { name, exact: true });
}

/** A button of a notification. */
export function toastButton(toast: Locator, name: string): Locator {
  return toast.locator('.monaco-button', { hasText: new RegExp(`^${name}$`) });
}
