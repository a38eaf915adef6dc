import type { FrameLocator } from 'playwright-core';
import { waitFor } from '#test/lib/waitFor.ts';

/** Shows a session in the panel, as a person does: back to the Board, and there a click on its name. */
export async function openSession(panel: FrameLocator, id: string): Promise<void> {
  const row = panel.locator(`[data-board^="${id}"] [data-action="open-session"]`).first();
  const board = panel.locator('[data-action="show-board"]');
  const folded = panel.locator('[data-section="done"] details:not([open]) > summary');
  await board.or(panel.locator('.board')).first().waitFor();
  if ((await board.count()) > 0) await board.click();
  await panel.locator('.board').waitFor();
  const isShown = async (): Promise<boolean> => {
    if (await row.isVisible()) return true;
    // a session that goes on leaves the folded section, and an empty section goes away under the click
    if ((await folded.count()) > 0) await folded.click({ timeout: 1000 }).catch(() => undefined);
    return row.isVisible();
  };
  await waitFor(isShown, { describe: `the row of session ${id}`, timeoutMs: 60_000 });
  await row.click();
}
