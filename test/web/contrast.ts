import type { Page } from 'playwright-core';

/** WCAG AA: the least contrast of a text with what is behind it. */
export const MIN_CONTRAST = 4.5;

/** Each visible text with its contrast to what is behind it, where that is below `least`; and how many were looked at. */
export async function lowContrast(page: Page, least: number): Promise<{ seen: number; low: string[] }> {
  return page.evaluate((minimum) => {
    type Color = [red: number, green: number, blue: number, alpha: number];
    const brush = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    /** Any CSS colour as sRGB: the browser paints one pixel with it. */
    const parse = (css: string): Color => {
      if (brush === null) throw new Error('no canvas');
      brush.clearRect(0, 0, 1, 1);
      brush.fillStyle = css;
      brush.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0, alpha = 0] = brush.getImageData(0, 0, 1, 1).data;
      return [red, green, blue, alpha / 255];
    };
    const over = ([r, g, b, a]: Color, [r2, g2, b2]: Color): Color => [
      r * a + r2 * (1 - a),
      g * a + g2 * (1 - a),
      b * a + b2 * (1 - a),
      1,
    ];
    const ground = (element: Element | null): Color => {
      if (element === null) return [255, 255, 255, 1];
      const own = parse(getComputedStyle(element).backgroundColor);
      return own[3] === 1 ? own : over(own, ground(element.parentElement));
    };
    const luminance = (color: Color): number => {
      const [r = 0, g = 0, b = 0] = color
        .slice(0, 3)
        .map((c) => c / 255)
        .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const texts = [...document.querySelectorAll('body *')].filter(
      (each) =>
        each.checkVisibility({ visibilityProperty: true }) &&
        !each.closest('.visually-hidden, svg, option') &&
        [...each.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim() !== ''),
    );
    const low = texts.flatMap((each) => {
      const behind = ground(each);
      const [one, two] = [luminance(over(parse(getComputedStyle(each).color), behind)), luminance(behind)];
      const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
      return ratio < minimum ? [`${ratio.toFixed(2)} ${each.className}: ${each.textContent?.slice(0, 60)}`] : [];
    });
    return { seen: texts.length, low: [...new Set(low)] };
  }, least);
}
