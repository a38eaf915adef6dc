import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makePlan, PlanChangedError, readPlan } from '#core/plans/plan.ts';
import { createLog } from '#core/log/append.ts';
import { matchRules, type RuleMatch } from '#core/plans/rules/promptRules.ts';
import { parseRules } from '#core/plans/rules/rules.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const text = JSON.stringify({
  version: 1,
  rules: [
    {
      name: 'r',
      prompt: 'do (?<items>.+)',
      forEach: 'items',
      workers: [{ task: '{item}', run: ['echo', '{item}'], critical: true }],
    },
  ],
});
const matches = (prompt: string): RuleMatch[] => matchRules(parseRules(text).rules, prompt).matches;

function planned(
  prompt: string,
  dir = join(tempDir(), 's'),
  known: string[] = [],
): { dir: string; event: ReturnType<typeof makePlan> } {
  createLog(dir, 1);
  return {
    dir,
    event: makePlan({
      home: join(dir, '..'),
      dir,
      session: 's',
      project: '/p',
      matches: matches(prompt),
      now: Date.now(),
      known,
    }),
  };
}

describe('a plan', () => {
  it('is written once, read-only, and announced with its hash', () => {
    const { dir, event } = planned('do a, b');
    expect(event).toMatchObject({
      t: 'plan',
      run: 'R1',
      rule: 'r',
      workers: [
        { worker: 'W1', task: 'a', critical: true },
        { worker: 'W2', task: 'b' },
      ],
    });
    const file = join(dir, 'runs', 'R1', 'plan.json');
    expect(statSync(file).mode & 0o777).toBe(0o444);
    expect(readPlan(dir, 'R1', event.sha256).workers[1]?.run).toEqual(['echo', 'b']);
  });

  it('is not read from other bytes than those announced', () => {
    const { dir, event } = planned('do a');
    const file = join(dir, 'runs', 'R1', 'plan.json');
    chmodSync(file, 0o644);
    writeFileSync(file, readFileSync(file, 'utf8').replace('echo', 'evil'));
    expect(() => readPlan(dir, 'R1', event.sha256)).toThrow(PlanChangedError);
    expect(() => readPlan(dir, 'R2', event.sha256)).toThrow(PlanChangedError);
    expect(() => readPlan(dir, '../R1', event.sha256)).toThrow(PlanChangedError);
  });

  it('counts runs and workers on, past names that only the log knows', () => {
    const { dir } = planned('do a, b');
    expect(planned('do c', dir).event).toMatchObject({ run: 'R2', workers: [{ worker: 'W3' }] });
    expect(planned('do d', dir, ['W7', 'tester']).event).toMatchObject({ run: 'R3', workers: [{ worker: 'W8' }] });
  });

  it('is refused when the log could not take its announcement', () => {
    const guard = [{ tool: 'Read', reason: 'x'.repeat(2000) }];
    const rule = { name: 'r', prompt: 'do (?<items>.+)', forEach: 'items', workers: [{ run: ['echo'], guard }] };
    const { rules } = parseRules(JSON.stringify({ version: 1, rules: [rule] }));
    const dir = join(tempDir(), 's');
    createLog(dir, 1);
    const many = Array.from({ length: 60 }, (_, i) => `f${i}`).join(',');
    const request = {
      home: dir,
      dir,
      session: 's',
      project: '/p',
      matches: matchRules(rules, `do ${many}`).matches,
      now: 1,
    };
    expect(() => makePlan(request)).toThrow(/too large/);
  });
});
