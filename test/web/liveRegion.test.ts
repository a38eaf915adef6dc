import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { LineReader, type Line } from '#core/log/lineReader.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { panelState } from './fixtures.ts';
import { panelStage } from './stage.ts';

const open = panelStage();

/** A real session: a prompt, three workers, a file that Claude must not read yet, and the end of the turn. */
function recordedLines(): Line[] {
  const lines: Line[] = [];
  const log = readFileSync(join(repoRoot, 'test', 'bench', 'recorded', 'process-files.jsonl'));
  new LineReader().push(log, (line) => lines.push(line));
  return lines;
}

test('what the live region says in a whole run', async () => {
  const lines = recordedLines();
  const timeOf = (line: Line | undefined): number =>
    line !== undefined && 'value' in line ? ((line.value as { ts?: number }).ts ?? 0) : 0;
  const from = timeOf(lines.find((line) => timeOf(line) > 0));
  const panel = await open(undefined, { from });
  const { page } = panel;
  await page.evaluate(() => {
    const announced: string[] = [];
    Object.assign(window, { announced });
    let last = '';
    new MutationObserver(() => {
      const text = document.querySelector('[role="status"]')?.textContent ?? '';
      if (text !== last) announced.push(`${Math.round(Date.now() / 1000)} ${text}`);
      last = text;
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  const state = emptyState();
  let now = from;
  for (const [index, line] of lines.entries()) {
    reduce(state, line);
    const view = toViewModel(state, {
      now: Math.max(now, timeOf(line)),
      silentSeconds: 120,
      id: 'session',
      live: true,
    });
    await panel.send(panelState({ view }), index + 1);
    const next = Math.max(timeOf(lines[index + 1]), now);
    // at least one frame, or the time until the next event
    await page.clock.runFor(Math.max(20, next - now));
    now = next;
  }
  await page.clock.runFor(10_000);
  const announced = await page.evaluate(() => (window as unknown as { announced: string[] }).announced);
  const text = announced
    .map((line) => line.replace(/^\d+/, (at) => `${Number(at) - Math.round(from / 1000)} s:`))
    .join('\n');
  await expect(`${text}\n`).toMatchFileSnapshot('golden/liveRegion.txt');
});
