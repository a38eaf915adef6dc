import { describe, expect, it } from 'vitest';
import { splitItems } from '#core/plans/rules/items.ts';
import { expandBallot, plannedWorkers, workerCount } from '#core/plans/plannedWorkers.ts';
import { matchRules, type RuleMatch } from '#core/plans/rules/promptRules.ts';
import { parseRules, rulesFromSetting } from '#core/plans/rules/rules.ts';

const file = (...rules: unknown[]): string => JSON.stringify({ version: 1, rules });
const processFiles = {
  name: 'process-files',
  prompt: 'process .*files?: *(?<items>.+)',
  forEach: 'items',
  workers: [
    {
      task: 'Process {item}',
      run: ['python3', 'analyze.py', '{item}', '--out={out}/{index}.json'],
      guard: [{ tool: 'Read', path: '{item}', until: 'done', reason: '{worker} has already loaded {item}; {workers}' }],
    },
  ],
};

function only(text: string, prompt: string): RuleMatch {
  const { rules, problems } = parseRules(text);
  expect(problems).toEqual([]);
  const { matches } = matchRules(rules, prompt);
  expect(matches).toHaveLength(1);
  return matches[0] as RuleMatch;
}

const context = { session: 's', project: '/p', out: (w: string): string => `/out/${w}` };
const plan = (match: RuleMatch): ReturnType<typeof plannedWorkers> =>
  plannedWorkers(
    match,
    Array.from({ length: workerCount(match) }, (_, i) => `W${i + 1}`),
    context,
  );

describe('a condition proven: that can never be shown', () => {
  const problemsOf = (worker: object): string[] => {
    const rule = { name: 'r', prompt: 'x', workers: [{ run: ['a'], ...worker }] };
    return parseRules(file(rule)).problems.map((problem) => JSON.stringify(problem));
  };
  it.each(['npm test | tail', 'npm test || true', 'npm test; true', 'CI=1 npm test', 'npm test > log', 'test -n "$X"'])(
    'is a problem of the file: %s',
    (command) => {
      for (const worker of [{ guard: [{ until: `proven:${command}` }] }, { after: [`proven(src/**):${command}`] }])
        expect(problemsOf(worker).join()).toContain('can never be shown: write one command');
    },
  );
  it.each(['npm test', 'cd web && npm test', 'npm test *', "npm test -- -t 'a|b'", 'pytest {item}'])(
    'is none: %s',
    (command) => {
      expect(problemsOf({ guard: [{ until: ['ok', `proven:${command}`] }] })).toEqual([]);
    },
  );
});

describe('splitting a list into items', () => {
  it.each([
    ['data1.csv, data2.csv, data3.csv', ['data1.csv', 'data2.csv', 'data3.csv']],
    ['a, b, and c', ['a', 'b', 'c']],
    ['a and b AND c', ['a', 'b', 'c']],
    ['"salt and pepper.csv", \'b,c.txt\' and `d`', ['salt and pepper.csv', 'b,c.txt', 'd']],
    ['- a.csv\n- b.csv\n\n* c.csv', ['a.csv', 'b.csv', 'c.csv']],
    ['a.csv, a.csv,, ,b.csv.', ['a.csv', 'b.csv']],
    ['sandy.csv and android', ['sandy.csv', 'android']],
    ['.., -rf', ['..', '-rf']],
    ["it's fine, x", ["it's fine", 'x']],
    ['', []],
  ])('%j', (list, items) => {
    expect(splitItems(list)).toEqual(items);
  });
});

describe('parsing rules', () => {
  it('names a bad rule and keeps the others', () => {
    const { rules, problems } = parseRules(
      file(
        processFiles,
        { name: 'bad pattern', prompt: '(', workers: [{ run: ['x'] }] },
        { name: 'bad shell', prompt: '(?<items>.+)', forEach: 'items', workers: [{ run: { shell: 'cat {item}' } }] },
        { prompt: 'x' },
        { name: 'no group', prompt: 'x', forEach: 'items', workers: [{ run: ['x'] }] },
        { name: 'no item', prompt: 'x', workers: [{ run: ['x', '{item}'] }] },
        {
          name: 'circle',
          prompt: 'x',
          workers: [
            { name: 'a', run: ['x'], after: ['b'] },
            { name: 'b', run: ['x'], after: ['a'] },
          ],
        },
        { name: 'unknown', prompt: 'x', workers: [{ run: ['x'], after: ['nobody'] }] },
        { name: 'hides', prompt: '(?<home>x)', workers: [{ run: ['x'] }] },
      ),
    );
    expect(rules.map((r) => r.name)).toEqual(['process-files']);
    expect(problems.map((p) => p.rule)).toEqual([
      'bad pattern',
      'bad shell',
      'rule 4',
      'no group',
      'no item',
      'circle',
      'unknown',
      'hides',
    ]);
    expect(problems[1]?.message).toContain('FERMATA_ITEM');
  });

  it.each([
    [{ gaurd: [] }, 'line 1: workers[0].gaurd is nothing that Fermata knows; did you mean "guard"?'],
    [{ Timeout: '5m' }, 'did you mean "timeout"?'],
    [{ after: 'load' }, 'workers[0].after must be a list of names of the rule’s workers'],
    [{ timeout: 'soon' }, 'workers[0].timeout must be a length of time such as "30s", "5m" or "1h", not "soon"'],
    [{ retries: 99 }, 'workers[0].retries must be a whole number from 0 to 10, not 99'],
    [{ run: [] }, 'workers[0].run must be a list of words'],
    [{ run: { shel: 'x' } }, 'workers[0].run.shel is nothing that Fermata knows; did you mean "shell"?'],
    [
      { resources: [{ name: 'db', mode: 'both' }] },
      'workers[0].resources[0].mode must be "exclusive" or "shared", not "both"',
    ],
    [
      { guard: [{ tool: 'Read', untill: 'done' }] },
      'workers[0].guard[0].untill is nothing that Fermata knows; did you mean "until"?',
    ],
    [{ run: undefined }, 'workers[0]: it runs nothing: add "run"'],
    [{ kind: 'claude' }, 'leave "run" out'],
    [{ kind: 'claude', run: undefined }, 'needs a "prompt"'],
    [{ prompt: 'hello' }, 'add "kind": "claude"'],
    [{ guard: [{ tool: 'Bash(git merge*)' }] }, 'guard: "Bash(git merge*)" cannot be the name of a tool'],
    [{ guard: [{ tool: 'Edit|mcp__.*' }] }, 'guard: "mcp__.*" cannot be the name of a tool'],
    [{ env: { FERMATA_WORKER: 'W9' } }, 'env.FERMATA_WORKER is set by Fermata itself'],
  ])('names the place and the remedy of %j', (more, message) => {
    const { problems } = parseRules(file({ name: 'a', prompt: 'x', workers: [{ run: ['x'], ...more }] }));
    expect(problems).toEqual([{ rule: 'a', message: expect.stringContaining(message) as string }]);
  });

  it.each([
    [{ files: '../*.csv' }, 'forEach.files must stay inside the project'],
    [{ files: '/etc/*' }, 'forEach.files must be a path inside the project'],
    [{ files: '{dir}/*' }, 'forEach.files uses {dir}, but the pattern has no group (?<dir>…)'],
    [{ glob: '*' }, 'forEach.glob is nothing that Fermata knows; there are: files'],
    ['things', 'forEach names "things", but the pattern has no group (?<things>…)'],
  ])('names the problem of the items of %j', (forEach, message) => {
    const { problems } = parseRules(file({ name: 'a', prompt: 'x', forEach, workers: [{ run: ['x'] }] }));
    expect(problems).toEqual([{ rule: 'a', message: expect.stringContaining(message) as string }]);
  });

  it('names the line of a problem', () => {
    const text =
      '{\n "version": 1,\n "rules": [\n  {\n   "name": "a",\n   "prompt": "x",\n   "workers": [{ "run": ["x"], "retries": "2" }]\n  }\n ]\n}';
    expect(parseRules(text).problems[0]?.message).toMatch(/^line 7: workers\[0\]\.retries must be/);
    expect(parseRules('{"version": 1, "rules": [], "rule": []}').problems[0]?.message).toContain(
      'rule is nothing that Fermata knows; did you mean "rules"?',
    );
  });

  it('allows comments and the braces of other languages', () => {
    const text = `{ "version": 1, // first\n "rules": [ { "name": "a", "prompt": "x", "workers": [ { "run": { "shell": "awk '{print}' \${HOME}" } }, ] } ] }`;
    expect(parseRules(text)).toMatchObject({ problems: [], rules: [{ name: 'a' }] });
  });

  it.each(['', '[]', '{"version":2,"rules":[]}', '{"version":1,'])('says why %j is no rules file', (text) => {
    expect(parseRules(text).rules).toEqual([]);
    expect(parseRules(text).problems).toHaveLength(1);
  });

  it('makes rules of the setting, split into arguments without a shell', () => {
    const { rules, problems } = rulesFromSetting({ 'count (?<items>.+)': 'wc -l "{item}" \'a b\'', bad: 'echo "x' });
    expect(rules).toMatchObject([{ forEach: 'items', workers: [{ run: ['wc', '-l', '{item}', 'a b'] }] }]);
    expect(problems).toEqual([{ rule: 'bad', message: expect.stringContaining('quote') as string }]);
  });
});

describe('the workers of a match', () => {
  it('makes one for each item, with everything filled in but {workers}', () => {
    const match = only(file(processFiles), 'Please PROCESS these large files: data1.csv, data*.csv and -x');
    const [first, second, third] = plan(match);
    expect(first).toMatchObject({
      worker: 'W1',
      task: 'Process data1.csv',
      run: ['python3', 'analyze.py', 'data1.csv', '--out=/out/W1/1.json'],
      guard: [{ path: 'data1.csv', until: 'done', reason: 'W1 has already loaded data1.csv; {workers}' }],
      env: { FERMATA_ITEM: 'data1.csv', FERMATA_INDEX: '1' },
      cwd: '/p',
    });
    expect(second?.guard[0]?.path).toBe('data?.csv');
    expect(third?.run?.[2]).toBe('./-x');
  });

  it('never expands placeholders in a value', () => {
    const match = only(file(processFiles), 'process files: {worker}{out}');
    expect(plan(match)[0]?.run?.[2]).toBe('{worker}{out}');
  });

  it('resolves the names of other workers in after', () => {
    const rule = {
      name: 'merge',
      prompt: 'merge (?<items>.+)',
      forEach: 'items',
      workers: [
        { name: 'load', task: 'load {item}', run: ['a'] },
        { name: 'merge', once: true, run: ['b'], after: ['load', 'checkpoint:ready'] },
        { once: true, run: ['c'], after: ['merge', 'done:W9'] },
      ],
    };
    const workers = plan(only(file(rule), 'merge x, y'));
    expect(workers.map((w) => w.after)).toEqual([[], [], ['ok:W1', 'ok:W2', 'checkpoint:ready'], ['ok:W3', 'done:W9']]);
  });

  it('gives a shell its values only as variables', () => {
    const rule = {
      name: 's',
      prompt: 'deploy (?<target>\\w+)',
      workers: [{ run: { shell: 'echo "$FERMATA_TARGET"' } }],
    };
    expect(plan(only(file(rule), 'deploy staging'))[0]).toMatchObject({
      shell: 'echo "$FERMATA_TARGET"',
      env: { FERMATA_TARGET: 'staging' },
    });
  });

  it('is made for the files that match a glob', () => {
    const rule = {
      name: 'f',
      prompt: 'count in (?<dir>\\S+)',
      forEach: { files: '{dir}/*.csv' },
      workers: [{ run: ['wc', '{item}'] }],
    };
    const asked: string[] = [];
    const files = (glob: string): string[] => (asked.push(glob), ['data/1.csv', 'data/2.csv']);
    const [match] = matchRules(parseRules(file(rule)).rules, 'Count in data', files).matches;
    expect(asked).toEqual(['data/*.csv']);
    expect(plan(match as RuleMatch).map((w) => w.run?.[1])).toEqual(['data/1.csv', 'data/2.csv']);
    expect(matchRules(parseRules(file(rule)).rules, 'count in data', () => []).matches).toEqual([]);
  });

  it('are no more than a hundred', () => {
    const many = Array.from({ length: 130 }, (_, i) => `f${i}`).join(', ');
    expect(only(file(processFiles), `process files: ${many}`)).toMatchObject({ items: { length: 100 }, dropped: 30 });
  });

  it('have limits, resources and a ballot of their own', () => {
    const worker = { run: ['x'], resources: ['db', { name: '{item}', mode: 'shared' }], timeout: '90s', retries: 2 };
    const ballot = { name: 'ship-{items}', question: 'Ship {items}?', quorum: 2, deadline: '1h' };
    const match = only(
      file({ name: 'r', prompt: 'do (?<items>.+)', forEach: 'items', ballot, workers: [worker] }),
      'do a, b',
    );
    expect(plan(match)[1]).toMatchObject({
      resources: [
        { name: 'db', mode: 'exclusive' },
        { name: 'b', mode: 'shared' },
      ],
      timeoutMs: 90_000,
      retries: 2,
    });
    expect(expandBallot(match, ['W1', 'W2'])).toEqual({
      ballot: 'ship-a, b',
      question: 'Ship a, b?',
      quorum: 2,
      voters: ['W1', 'W2'],
      deadlineMs: 3_600_000,
    });
  });

  it.each([
    [undefined, 'acceptEdits', 'default'],
    ['plan', 'bypassPermissions', 'plan'],
    ['default', 'bypassPermissions', 'default'],
    ['bypassPermissions', 'acceptEdits', 'acceptEdits'],
    ['acceptEdits', undefined, 'default'],
    [undefined, undefined, 'default'],
    ['something new', 'bypassPermissions', 'default'],
  ])('never have more than a prompt in mode %s allows', (ceiling, permissionMode, mode) => {
    const worker = { kind: 'claude', prompt: 'Review {item}', allowedTools: ['Read'], permissionMode };
    const match = only(
      file({ name: 'r', prompt: 'review (?<items>.+)', forEach: 'items', workers: [worker] }),
      'review a',
    );
    const [planned] = plannedWorkers(match, ['W1'], { ...context, permissionMode: ceiling });
    expect(planned?.claude).toEqual({ prompt: 'Review a', allowedTools: ['Read'], permissionMode: mode });
  });

  it('does not match an empty list', () => {
    expect(matchRules(parseRules(file(processFiles)).rules, 'process files: , ,').matches).toEqual([]);
  });
});
