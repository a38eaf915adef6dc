import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { VERBS } from '#cli/table.ts';
import type { NewEvent } from '#core/log/append.ts';
import { pause } from '#core/session/pause.ts';
import { parseRules } from '#core/plans/rules/rules.ts';
import { settingSchemas } from '#protocol/settings.ts';
import { fenced, inline, pages, type Page } from '#test/lib/docsPages.ts';
import { Stage } from '#test/lib/fermata.ts';
import { killGroup, spawnGroup } from '#test/lib/processGroup.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

/** Commands that cannot run here, by the reason. */
const NOT_RUN: [command: RegExp, why: string][] = [
  [/^npm (ci && npm )?(ci|start|test)\b/, 'this is one of the tests that npm test runs; demo.test.ts plays npm start'],
  [/^fermata demo$/, 'it plays for a minute, in demo.test.ts'],
  [
    /^fermata machines serve|^scp |^ssh |^fermata share +#/,
    'it takes a server and other machines, which test/machines has',
  ],
  [/^# count\.sh FILE/, 'a program, which writeAWorker.test.ts runs as a worker'],
];

/** Commands that are correctly refused here, by the reason. */
const REFUSED: [command: RegExp, why: string][] = [
  [/^fermata doctor( --json)?$/, 'no hooks are installed'],
  [
    /^fermata git-hooks (?:install|uninstall|status$)/,
    'the project of the example is no repository; gitHookPlaces.test.ts has some',
  ],
  [/^fermata tally$/, 'nobody has voted'],
  [/^fermata (machines|machines test|share.*|unshare|follow .*|bridge.*|room team( +#[^]*)?)$/, 'no server is named'],
  [/^fermata room team --end$/, 'there is no such room'],
  [/^fermata unfollow /, 'no session of another machine is followed'],
  [/^fermata (spawn .*--machine|abort W1 --lost|machines install)/, 'no other machine is set'],
  [
    /^fermata rules (test|try(?!.*--everywhere))/,
    'the project of the example has no rules and no past; rules.test.ts tries them',
  ],
  [/^fermata join/, 'the sessions of the example are not here; test/processes/join.test.ts joins some that are'],
];

/** Events that a command needs before it runs. */
const SETUP_EVENTS: [command: RegExp, events: NewEvent[]][] = [
  [/wait (done|ok):W1/, [{ t: 'exit', worker: 'W1', code: 0 }]],
  [
    /^fermata deny-call B1/,
    [{ t: 'held', block: 'B1', id: 'h1', call: 'toolu_1', tool: 'Bash', summary: 'npm run migrate', limitMs: 600_000 }],
  ],
  [
    /^fermata output W/m,
    [
      { t: 'spawn', worker: 'W1' },
      { t: 'spawn', worker: 'W3' },
    ],
  ],
  [/wait clear:B1/, [{ t: 'unblock', block: 'B1', by: 'user' }]],
  [/^fermata release db/, [{ t: 'acquire', worker: 'W1', resource: 'db' }]],
  [/"review the parser"/, [{ t: 'spawn', worker: 'a1', task: 'review the parser', kind: 'subagent' }]],
  [/--run review/, [{ t: 'plan', run: 'R9', sha256: 'x', rule: 'review', workers: [{ worker: 'W9' }] }]],
  [/^fermata resume$/m, [pause()]],
  [/^fermata resume "/m, [pause('a1')]],
  [/^fermata tally ship --wait/, [{ t: 'decide', ballot: 'ship', decision: 'proceed', by: 'user' }]],
];

/** Commands that a worker may not give: the person does. */
const PERSONAL =
  /^fermata (release-block|deny-call|start|install|uninstall|git-hooks|allow|resolve|prune .*--yes|abort|pause|resume)\b/m;

/** Commands that run until they are interrupted. */
const ENDLESS = /--follow/;

const cliPage = 'docs/cli.md';
const canRun = (command: string): boolean => !NOT_RUN.some(([pattern]) => pattern.test(command));
const scripts = (page: Page): string[] =>
  // in cli.md each line is an example of its own; elsewhere a block is one example
  fenced(page, 'sh')
    .flatMap((block) => (page.path === cliPage ? block.trim().split('\n') : [block]))
    .filter(canRun);

describe.each(pages.filter((page) => scripts(page).length > 0))('$path', (page) => {
  test.each(scripts(page))('%s', async (script) => {
    expect(await run(script.replaceAll('do …;', 'do :;'))).toMatchObject(expectedEnd(script));
  });
});

describe('commands within sentences', () => {
  const commands = pages.flatMap((page) =>
    inline(page)
      .filter((text) => /^(fermata|claude-code-hook) [a-z-]/.test(text))
      .map((text) => [text, page.path] as const),
  );
  // others have a placeholder; only their verb and options are checked
  const isComplete = (text: string): boolean =>
    !/^fermata [a-z-]+ --[a-z-]+( 2)?$/.test(text) && canRun(text) && !/…|<\w+>|\b[A-Z]{4,}\b|\[/.test(text);
  const named = commands.filter(([text]) => text.startsWith('fermata '));

  test('name existing verbs and options', () => {
    for (const [text, path] of named) {
      const [, name = '', rest = ''] = /^fermata ([a-z-]+)(.*)/.exec(text) ?? [];
      const verb = VERBS.find((verb) => verb.name === name);
      expect(verb !== undefined || name === 'help', `${path}: ${text}`).toBe(true);
      for (const [, option = ''] of (rest.split(' -- ')[0] ?? '').matchAll(/ --([a-z-]+)/g))
        expect([...Object.keys(verb?.options ?? {}), 'json', 'help', 'session', 'worker'], text).toContain(option);
    }
  });

  test.each([...new Map(commands.filter(([text]) => isComplete(text) && / .* |claude-code-hook/.test(text)))])(
    '%s (%s)',
    async (command) => {
      expect(await run(command)).toMatchObject(expectedEnd(command));
    },
  );
});

test('npm scripts that a page names exist', () => {
  const { scripts: known } = JSON.parse(readFileSync(join(repoRoot, 'package.json'), 'utf8')) as { scripts: object };
  for (const { path, text } of pages)
    for (const [, name = ''] of text.matchAll(/npm run (?:-s )?([a-z][\w:]*)/g))
      expect(known, path).toHaveProperty([name]);
});

test('JSON in a page is valid rules, existing settings, or at least JSON', () => {
  for (const page of pages)
    for (const block of fenced(page, 'json')) {
      const value = JSON.parse(block) as Record<string, unknown>;
      if ('rules' in value) expect(parseRules(block).problems, page.path).toEqual([]);
      for (const key of Object.keys(value))
        if (key.startsWith('fermata.')) expect(settingSchemas, page.path).toHaveProperty([key.slice(8)]);
    }
});

function expectedEnd(script: string): Partial<RunResult> {
  if (ENDLESS.test(script)) return { code: 'interrupted' };
  return { code: REFUSED.some(([command]) => command.test(script)) ? 1 : 0 };
}

interface RunResult {
  code: number | 'interrupted';
  output: string;
}

/** Runs a script as worker W1, or as the person where only they may, in a session with everything that the pages mention. */
async function run(script: string): Promise<RunResult> {
  const stage = exampleSession();
  for (const [command, events] of SETUP_EVENTS) if (command.test(script)) stage.publish(...events);
  const path = [join(stage.root, 'stubs'), join(stage.home, 'bin'), process.env['PATH']].join(delimiter);
  const who: Record<string, string> = PERSONAL.test(script) ? {} : { FERMATA_WORKER: 'W1' };
  const env = stage.env({ ...who, FERMATA_OUT: join(stage.dir, 'workers/W1/out'), PATH: path });
  const child = spawnGroup('sh', ['-e', '-c', script], { env, cwd: stage.project });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const timeoutMs = ENDLESS.test(script) ? 2000 : 200_000;
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      killGroup(child);
      resolve({ code: 'interrupted', output });
    }, timeoutMs);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? -1, output });
    });
  });
}

/** Three workers at work, two blocks, a plan that waits, files to work on, and stubs of other programs. */
function exampleSession(): Stage {
  const stage = new Stage();
  stage.install();
  const rule = { name: 'test', prompt: 'go', workers: [{ run: ['true'] }] };
  stage.plan({ workers: rule.workers }, 'go', { ask: true });
  for (const worker of ['W1', 'W2', 'W3']) stage.publish({ t: 'spawn', worker, task: `part of ${worker}` });
  stage.publish(
    { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'not yet' },
    { t: 'hook', worker: 'W2', event: 'Stop', exit: 2, stderr: 'staging failed' },
    { t: 'tell', to: 'W1', text: 'hello', by: 'user' },
    { t: 'checkpoint', worker: 'W2', name: 'merge-ready' },
    { t: 'checkpoint', worker: 'W3', name: 'merge-ready' },
  );
  mkdirSync(join(stage.dir, 'workers/W1/out'), { recursive: true });
  mkdirSync(join(stage.project, '.fermata'), { recursive: true });
  const rules = { version: 1, rules: [rule] };
  const files = { 'data1.csv': 'a\n', 'schema.sql': '', '.fermata/rules.json': JSON.stringify(rules) };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(stage.project, name), text);
  const stubs = join(stage.root, 'stubs');
  mkdirSync(stubs);
  for (const program of [join(stubs, 'npm'), join(stubs, 'jq'), join(stubs, 'code')])
    writeFileSync(program, '#!/bin/sh\nexec cat >/dev/null\n');
  for (const script of ['migrate.sh', 'deploy.sh']) writeFileSync(join(stage.project, script), '#!/bin/sh\ntrue\n');
  for (const path of ['stubs/npm', 'stubs/jq', 'stubs/code', 'project/migrate.sh', 'project/deploy.sh'])
    chmodSync(join(stage.root, path), 0o755);
  return stage;
}
