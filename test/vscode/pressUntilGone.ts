import type { Locator } from 'playwright-core';
import { waitFor } from '#test/lib/waitFor.ts';

/** Presses a button that asks for a confirmation, and confirms. `within` has only that one of the kind. */
export async function pressAndConfirm(within: Locator, action: string): Promise<void> {
  await within.locator(`[data-action="${action}"]`).first().click();
  await pressUntilGone(within.locator('[data-asking]'));
}

/**
 * Clicks a button until it is gone, as a person does: one that has only just come under the pointer ignores a click, since a
 * person meant what was there before.
 */
export async function pressUntilGone(button: Locator): Promise<void> {
  await button.waitFor({ timeout: 60_000 });
  const isGone = async (): Promise<boolean> => {
    await button.click({ timeout: 5000 }).catch(() => undefined);
    return button.waitFor({ state: 'detached', timeout: 10_000 }).then(
      () => true,
      () => false,
    );
  };
  await waitFor(isGone, { describe: 'the button to do what it says', timeoutMs: 60_000 });
}
