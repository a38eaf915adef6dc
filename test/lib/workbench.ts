import type { FrameLocator, Locator, Page } from 'playwright-core';
import { extensionId } from './vsix.ts';
import { waitFor } from './waitFor.ts';

/** Opens the workbench and waits until it is drawn; extensions may still be starting. */
export async function openWorkbench(page: Page, url: string): Promise<void> {
  await page.goto(url, { timeout: 120_000 });
  await page.locator('.monaco-workbench').waitFor({ timeout: 120_000 });
  await page.locator('.statusbar').waitFor({ timeout: 120_000 });
}

/**
 * The icon of a view container in the activity bar, by the beginning of its title.
 * @public for tests outside of this repository
 */
export function activityIcon(page: Page, title: string): Locator {
  return page.locator(`.activitybar .action-item a[aria-label^="${title}"]`);
}

/**
 * Shows a view container by its icon. A click is repeated until the icon is the chosen one: while extensions are still
 * starting, the workbench may lose a click, and a click on the chosen icon would hide the side bar.
 */
export async function showView(page: Page, title: string): Promise<void> {
  const chosen = page.locator(`.activitybar .action-item.checked a[aria-label^="${title}"]`);
  await waitFor(
    async () => {
      if (await chosen.isVisible()) return true;
      await activityIcon(page, title).click();
      return chosen.waitFor({ timeout: 5000 }).then(
        () => true,
        () => false,
      );
    },
    { describe: `the view ${title}`, timeoutMs: 100_000 },
  );
}

/** Runs a command by its title ("Category: Title") through the command palette. */
export async function runCommand(page: Page, title: string): Promise<void> {
  const isRun = (): Promise<true> => usePalette(page, title, title, (row) => row.click({ timeout: 5000 }));
  await waitFor(isRun, { describe: `the command ${title}`, timeoutMs: 100_000 });
}

/** Types into the command palette, which stays open, until it lists a command with that title. */
export async function listCommand(page: Page, typed: string, title: string): Promise<void> {
  const isListed = (): Promise<true> => usePalette(page, typed, title, (row) => row.waitFor({ timeout: 5000 }));
  await waitFor(isListed, { describe: `the command ${title}`, timeoutMs: 100_000 });
}

/** Runs a command and chooses a row of the list that it shows. A list that has closed before the click, as the palette may, is shown again. */
export async function chooseBy(page: Page, title: string, text: string | RegExp): Promise<void> {
  const isChosen = async (): Promise<true> => {
    await usePalette(page, title, title, (row) => row.click({ timeout: 5000 }));
    await quickPick(page, text).click({ timeout: 20_000 });
    return true;
  };
  await waitFor(isChosen, { describe: `${String(text)} of ${title}`, timeoutMs: 120_000 });
}

/** The first row with that text in the list that VS Code shows at the top. */
const quickPick = (page: Page, text: string | RegExp): Locator =>
  page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();

/**
 * Uses the row of a command in the palette; to be tried again where that throws. The palette may have closed: a tab that was clicked
 * takes the focus when its page is drawn, which may be later. It is emptied at each try: an open palette lists its commands again
 * only when its text changes, and a command may be enabled meanwhile.
 */
async function usePalette(
  page: Page,
  typed: string,
  title: string,
  use: (row: Locator) => Promise<void>,
): Promise<true> {
  const input = page.locator('.quick-input-widget .quick-input-box input');
  await page.keyboard.press('F1');
  await input.fill('>', { timeout: 2000 });
  await input.fill(`>${typed}`, { timeout: 2000 });
  await use(quickPick(page, title));
  return true;
}

/** Shows the tooltip of something, until it is there: it does not come where that is drawn anew under the pointer. */
export async function showTooltip(page: Page, of: Locator, tooltip: Locator): Promise<void> {
  const isShown = async (): Promise<boolean> => {
    await page.mouse.move(800, 300);
    await of.hover();
    await tooltip.waitFor({ timeout: 5000 });
    return true;
  };
  await waitFor(isShown, { describe: 'the tooltip', timeoutMs: 100_000 });
}

/** The extension's document inside its webview: the outer frame is VS Code's, the inner one the extension's. */
export function webviewFrame(page: Page): FrameLocator {
  return page.frameLocator(`iframe.webview.ready[src*="extensionId=${extensionId}"]`).frameLocator('#active-frame');
}

/** Waits for a notification toast that holds `text`. */
export async function notification(page: Page, text: string): Promise<Locator> {
  const toast = page.locator('.notifications-toasts .notification-list-item', { hasText: text });
  await toast.waitFor();
  return toast;
}

/** Waits until one of the window's webviews shows `selector`: nothing else identifies the webview of an editor. */
export async function someWebview(page: Page, selector: string, count = 2): Promise<void> {
  const webviews = page.locator('iframe.webview.ready');
  await webviews.nth(count - 1).waitFor();
  const inside = (nth: number): Promise<void> =>
    webviews.nth(nth).contentFrame().locator('#active-frame').contentFrame().locator(selector).first().waitFor();
  await Promise.any(Array.from({ length: count }, (_, nth) => inside(nth)));
}
