import type { FrameLocator } from 'playwright-core';
import type { TestSession } from './testSession.ts';

/**
 * The time in ms from each of `rounds` appends by W1 until its text is in the panel's DOM.
 * @param first the number in the first text: a text that is there already would be found at once
 */
export async function appendToDom(
  panel: FrameLocator,
  session: TestSession,
  rounds: number,
  first = 0,
): Promise<number[]> {
  const body = panel.locator('body');
  const took: number[] = [];
  for (let i = first; i < first + rounds; i++) {
    const text = `at row ${i} of many`;
    // the observer is set before the line is written, so that only the time to the DOM is measured
    const seen = body.evaluate(
      (element, expected) =>
        new Promise<number>((resolve) => {
          const isShown = (): boolean => (element.textContent ?? '').includes(expected);
          const observer = new MutationObserver(() => {
            if (!isShown()) return;
            observer.disconnect();
            resolve(Date.now());
          });
          observer.observe(element, { childList: true, subtree: true, characterData: true });
        }),
      text,
    );
    await body.evaluate(() => undefined);
    const publishedTs = Date.now();
    session.publish({ t: 'progress', worker: 'W1', pct: i % 100, message: text });
    took.push((await seen) - publishedTs);
  }
  return took;
}
