import type { FrameLocator } from 'playwright-core';
import type { Orchestra } from './orchestra.ts';

/** How long, in milliseconds, each of so many lines that W1 appends takes until its text is in the panel's DOM. */
export async function appendToDom(panel: FrameLocator, orchestra: Orchestra, rounds: number): Promise<number[]> {
  const body = panel.locator('body');
  const took: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const text = `at row ${i} of many`;
    // the observer is set before the line is written, so that only the way to the DOM is measured
    const seen = body.evaluate(
      (element, wanted) =>
        new Promise<number>((resolve) => {
          const look = (): boolean => (element.textContent ?? '').includes(wanted);
          const observer = new MutationObserver(() => {
            if (!look()) return;
            observer.disconnect();
            resolve(Date.now());
          });
          observer.observe(element, { childList: true, subtree: true, characterData: true });
        }),
      text,
    );
    await body.evaluate(() => undefined);
    const said = Date.now();
    orchestra.say({ t: 'progress', worker: 'W1', pct: i % 100, message: text });
    took.push((await seen) - said);
  }
  return took;
}
