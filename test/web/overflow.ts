import type { Page } from 'playwright-core';

/** Finds elements that overflow the page, their button or their heading, or that cover another element. */
export async function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const out = [
      ...document.querySelectorAll<HTMLElement>('button, input, select, h1, summary, dt, label, .badge'),
    ].filter(
      (each) =>
        !each.closest('.visually-hidden') &&
        // cut on purpose, with all of it on hover
        !(each.title !== '' && getComputedStyle(each).textOverflow === 'ellipsis') &&
        (each.getBoundingClientRect().right > clientWidth + 1 ||
          (each.localName !== 'input' && each.scrollWidth > each.clientWidth + 1)),
    );
    const covers = (one: DOMRect, other: DOMRect): boolean =>
      one.right > other.left + 1 &&
      one.left < other.right - 1 &&
      one.bottom > other.top + 1 &&
      one.top < other.bottom - 1;
    const covered = [...document.querySelectorAll('.section-head :is(h2, .badge, .count)')].filter((each) => {
      const actions = each.closest('.section')?.querySelector('.section-actions:not(:has(.asking))');
      return actions != null && covers(each.getBoundingClientRect(), actions.getBoundingClientRect());
    });
    const buttons = [...document.querySelectorAll('button, input, select')].filter(
      // the replay bar covers content that is scrolled below it, and the tools of a row the end of its line
      (each) => each.checkVisibility() && !each.closest('.replay, .row-tools:not(:has(.asking))'),
    );
    const rects = buttons.map((each) => each.getBoundingClientRect());
    const overlapping = buttons.filter((each, index) =>
      rects.some(
        (rect, other) => other > index && !each.contains(buttons[other] ?? null) && covers(rects[index] ?? rect, rect),
      ),
    );
    const over = scrollWidth > clientWidth ? [`the page: ${scrollWidth} of ${clientWidth} px`] : [];
    const names = [...out, ...covered, ...overlapping].map(
      (each) => `${each.className}: ${each.textContent?.slice(0, 60)}`,
    );
    return [...over, ...names];
  });
}
