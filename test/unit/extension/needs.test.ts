import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boardOf } from '#core/projection/board.ts';
import { rowAfter } from '#extension/commands/boardHandlers.ts';
import { describeNeedsYou } from '#extension/status/needs.ts';
import { describeNeeds, isShown, summarize } from '#extension/status/summary.ts';
import type { BoardRow } from '#protocol/board.ts';
import { ask, blocks, events, held, NOW, viewOf, working } from '#test/unit/core/projection/boardLogs.ts';
import { started, T0 } from '#test/unit/core/fold/world.ts';

const boardOfLogs = (logs: object[][]) => {
  const views = logs.map((log, i) => viewOf(log, { id: `s${i}` }));
  return { views, board: boardOf(views, { now: NOW, dayStartTs: T0, seenTs: () => undefined }) };
};
const line = (...logs: object[][]): string => {
  const { icon, text } = describeNeedsYou(boardOfLogs(logs).board.groups.needsYou, NOW);
  return `$(${icon}) ${text}`;
};

const prompt = (text: string): object => ({ t: 'prompt', text });
const question = ask({ tool: 'AskUserQuestion', summary: 'Redis, or in memory?' });
const byHand = [working, blocks('user'), held];

test('the status bar names the one that needs the person, or counts what all have in common', () => {
  expect(line([working, ask()])).toMatch(/^\$\(bell\) .+ waits for your permission$/);
  expect(line([working, ask(), ask({ ask: 'a2' })])).toBe('$(bell) 2 wait for your permission');
  expect(line([prompt('Choose a cache'), working, question])).toMatch(/^\$\(question\) .+ asks you$/);
  expect(line([working, question], [working, ask({ tool: 'ExitPlanMode' })])).toBe('$(question) 2 ask you');
  expect(line([working, { t: 'turn', state: 'waiting' }])).toMatch(/^\$\(question\) .+ asks you$/);
  expect(line(byHand)).toMatch(/^\$\(debug-pause\) sh merge\.sh waits for you · \d+ s$/);
  expect(line(byHand, [working, ask()])).toBe('$(bell) 2 wait for you');
  expect(line([working, { t: 'log', level: 'escalate', message: 'no licence' }])).toMatch(/^\$\(bell\) .+ needs you$/);
});

test('words of others stay text in the status bar, and do not push the rest out', () => {
  const [icons] = [line([working, blocks('user'), { ...held, summary: `$(flame) ${'x'.repeat(500)}` }])];
  expect(icons.replace('$(debug-pause)', '')).not.toMatch(/(?<!\\)\$\(/);
  expect(icons.length).toBeLessThan(100);
});

test('badge, status bar, section and spoken text have one number, whatever happened', () => {
  fc.assert(
    fc.property(fc.array(events, { minLength: 1, maxLength: 4 }), (logs) => {
      const { views, board } = boardOfLogs(logs.map((log) => [...started(1), ...log]));
      const section = board.groups.needsYou;
      const summary = summarize(views, board);
      expect(summary.needsYou).toBe(section.length);
      expect(views.filter(({ session }) => session.live).flatMap(({ decisions }) => decisions)).toHaveLength(
        section.length,
      );
      const spoken = describeNeeds(summary.needsYou);
      expect(spoken).toContain(section.length === 0 ? 'nothing' : String(section.length));
      if (section.length > 1) expect(describeNeedsYou(section, NOW).text).toContain(String(section.length));
      if (section.length > 0) expect(isShown('active', summary)).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test('the queue goes round, and starts anew where its place is gone', () => {
  const rows = ['a', 'b', 'c'].map((id) => ({ id }) as BoardRow);
  const visited = [undefined, 'a', 'b', 'c', 'gone'].map((id) => rowAfter(rows, id)?.id);
  expect(visited).toEqual(['a', 'b', 'c', 'a', 'a']);
  expect(rowAfter([], 'a')).toBeUndefined();
});
