import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  fitAll,
  following,
  panned,
  revealing,
  validViewport,
  visibleRange,
  zoomed,
  type Extent,
  type Viewport,
} from '#webview/timeline/viewport.ts';

const extent: Extent = { start: 1_000_000, end: 1_100_000 };

test('all of it is seen with a margin, also of a log that is a moment long', () => {
  expect(visibleRange(fitAll(extent), extent)).toEqual({ from: 998_000, to: 1_102_000 });
  expect(visibleRange(fitAll({ start: 5, end: 5 }), { start: 5, end: 5 })).toEqual({ from: -15, to: 1025 });
});

test('zooming keeps what is under the pointer, and ends where all is seen', () => {
  const near = zoomed(fitAll(extent), extent, 4, 1_020_000);
  const { from, to } = visibleRange(near, extent);
  expect(to - from).toBe(26_000);
  expect((1_020_000 - from) / (to - from)).toBeCloseTo((1_020_000 - 998_000) / 104_000);
  expect(zoomed(near, extent, 0.25).mode).toBe('fit');
});

test('following shows the newest, as much as was seen, and goes on as the log grows', () => {
  const near = zoomed(fitAll(extent), extent, 10, 1_020_000);
  const viewport = following(near, extent);
  const { from, to } = visibleRange(viewport, extent);
  expect(to - from).toBe(10_400);
  expect(to).toBeGreaterThan(extent.end);
  const later = { ...extent, end: extent.end + 60_000 };
  expect(visibleRange(viewport, later)).toEqual({ from: from + 60_000, to: to + 60_000 });
  expect(zoomed(viewport, extent, 2)).toMatchObject({ mode: 'follow' });
});

test('revealing moves only as far as it must', () => {
  const near = zoomed(fitAll(extent), extent, 10, 1_020_000);
  const seen = visibleRange(near, extent);
  expect(revealing(near, extent, { from: seen.from + 10, to: seen.from + 20 })).toBe(near);
  const before = visibleRange(revealing(near, extent, { from: 1_000_000, to: 1_000_010 }), extent);
  expect(before.from).toBeLessThanOrEqual(1_000_000);
  const after = visibleRange(revealing(near, extent, { from: 1_090_000, to: 1_200_000 }), extent);
  expect(after.from).toBeLessThan(1_090_000);
  expect(after.to).toBeGreaterThan(1_090_000);
});

test('what is looked at of another log is given up for all of it', () => {
  const near = zoomed(fitAll(extent), extent, 10, 1_020_000);
  expect(validViewport(near, extent)).toBe(near);
  expect(validViewport(near, { start: 9_000_000, end: 9_100_000 }).mode).toBe('fit');
  expect(validViewport(undefined, extent).mode).toBe('fit');
});

test('whatever is done, some time is seen, and never only such where nothing is', () => {
  const step = fc.oneof(
    fc.record({
      zoom: fc.double({ min: 0.05, max: 20, noNaN: true }),
      at: fc.integer({ min: 900_000, max: 1_200_000 }),
    }),
    fc.record({ pan: fc.integer({ min: -1_000_000, max: 1_000_000 }) }),
    fc.constant('follow' as const),
    fc.constant('fit' as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      let viewport: Viewport = fitAll(extent);
      for (const each of steps) {
        if (each === 'follow') viewport = following(viewport, extent);
        else if (each === 'fit') viewport = fitAll(extent);
        else if ('zoom' in each) viewport = zoomed(viewport, extent, each.zoom, each.at);
        else viewport = panned(viewport, extent, each.pan);
        const { from, to } = visibleRange(viewport, extent);
        expect(to - from).toBeGreaterThanOrEqual(19);
        expect(from).toBeLessThan(extent.end);
        expect(to).toBeGreaterThan(extent.start);
      }
    }),
  );
});
