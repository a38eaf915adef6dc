import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportHtml } from '#core/history/report/reportHtml.ts';
import { sessionReport } from '#core/history/report/sessionReport.ts';
import { launchBrowser } from '#test/lib/browser.ts';
import { ensureRuntimes, repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { STORY_START, storyLines } from '#test/lib/timelineStory.ts';

// The page that `fermata export` writes, opened from the disk in a plain browser.

let browser: Browser;
let file: string;

beforeAll(async () => {
  await ensureRuntimes();
  browser = await launchBrowser();
  const dir = tempDir('fermata-report-');
  writeFileSync(
    join(dir, 'events.jsonl'),
    storyLines()
      .map((line) => `${line}\n`)
      .join(''),
  );
  file = join(dir, 'report.html');
  writeFileSync(file, reportHtml(sessionReport(dir, { now: STORY_START + 240_000, silentSeconds: 60, live: true })));
});

afterAll(async () => {
  await browser?.close();
  removeTempDirs();
});

test.each(['light', 'dark'] as const)('opens with its timeline, %s, and asks for nothing', async (colorScheme) => {
  const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, colorScheme });
  const requests: string[] = [];
  const problems: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(pathToFileURL(file).href);
  const picture = page.locator('svg.timeline');
  for (const kind of ['working', 'held', 'denied', 'waiting', 'idle', 'planned', 'running', 'block', 'lock'])
    expect(await picture.locator(`rect.t-${kind}`).count(), kind).toBeGreaterThan(0);
  for (const kind of ['done', 'failed', 'aborted', 'error', 'decision', 'vote', 'checkpoint', 'handoff', 'refusal'])
    expect(await picture.locator(`path.m-${kind}`).count(), kind).toBeGreaterThan(0);
  // the patterns of the page itself are found under its own policy
  const fill = await picture
    .locator('rect.t-held')
    .first()
    .evaluate((rect) => getComputedStyle(rect).fill);
  expect(fill).toContain('#p-held');
  await page.locator('summary', { hasText: 'The same as a table' }).click();
  const row = page.getByRole('row', { name: /Conductor held in place B1 20 s Read data1\.csv/ });
  expect(await row.count()).toBe(1);
  mkdirSync(join(repoRoot, 'out', 'screenshots'), { recursive: true });
  await page.screenshot({ path: join(repoRoot, 'out', 'screenshots', `report-${colorScheme}.png`) });
  expect(requests).toEqual([page.url()]);
  expect(problems).toEqual([]);
  await page.close();
});
