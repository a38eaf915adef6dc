import type { resource, rule, ruleBallot, ruleGuard, rulesFile, workerTemplate } from '#protocol/rules.ts';

type FieldOf<S extends { _zod: { def: { shape: object } } }> = Extract<keyof S['_zod']['def']['shape'], string>;
type Descriptions<S extends { _zod: { def: { shape: object } } }> = Record<FieldOf<S>, string>;

/** Words about `.fermata/rules.json`: the JSON Schema shows them in an editor, and docs/rules.md is made of them. */
export const fileDescriptions: Descriptions<typeof rulesFile> = {
  $schema: 'Where the schema of this file is; an editor with Fermata knows it anyway.',
  version: 'The version of this format: `1`.',
  rules: 'Which prompts start which workers. A prompt may meet several rules; each that it meets starts its workers.',
};

export const ruleDescriptions: Descriptions<typeof rule> = {
  name: 'What the rule is called in messages, in the panel and in the plan.',
  prompt:
    'A JavaScript regular expression, looked for anywhere in the prompt, upper and lower case alike. Its named groups, as `(?<items>.+)`, are values for the workers.',
  forEach:
    'Makes one of each worker for every item, up to 100: of a list in a named group (commas, line breaks and “and” separate; quotes keep together), or of the project’s files that match a glob, as `{"files": "data/*.csv"}`. A rule without any item is not met.',
  ballot:
    'A ballot among the rule’s workers that is open as soon as they are planned. They answer with `fermata vote`.',
  workers: 'The workers that the prompt starts.',
};

export const workerDescriptions: Descriptions<typeof workerTemplate> = {
  name: 'What `after` of the rule’s other workers calls it.',
  task: 'What it does, for people: shown in the panel and told to Claude. Placeholders such as `{item}` are filled in.',
  kind: '`command` (the default) runs a program; `claude` gives a prompt to a Claude Code of its own.',
  run: 'The program and its arguments, each a text of its own, without a shell; placeholders are filled in, and a value that would read as an option becomes `./-x`. Or `{"shell": "…"}`, where values are only variables such as `"$FERMATA_ITEM"`; on Windows it needs Git Bash.',
  prompt: 'Claude worker: what it is asked. Placeholders are filled in.',
  allowedTools:
    'Claude worker: tools that it may use without asking, as Claude Code’s permission rules name them. No other tool is allowed by Fermata.',
  permissionMode:
    'Claude worker: how far it may go without asking, `default` without it. It never gets more than the Claude that was given the prompt.',
  model: 'Claude worker: the model; without it Claude Code’s own choice.',
  maxTurns: 'Claude worker: how many turns it may take.',
  after:
    'Names of the rule’s workers that must have ended well before this one starts, or conditions such as `done:W1`, `checkpoint:ready`, `free:db`, `agreed:ship`. When one can no longer hold, the worker has failed and Claude may not end its turn unanswered.',
  guard: 'Calls of Claude that this worker holds back from the plan on, until it has ended or `until` holds.',
  resources:
    'What it needs for itself while it runs, as `fermata acquire` names it: it starts when it has all of them, and gives them back when it ends. A name alone is exclusive.',
  timeout: 'How long an attempt may take, as `30s`, `5m`, `1h`. Then its processes are ended and it has failed.',
  retries: 'How often it is started again after it failed: 1 s later, then 2 s, 4 s, … up to a minute.',
  critical: 'With `true`, its failing holds the end of Claude’s turn until somebody says what was done about it.',
  env: 'Further variables of its environment. Placeholders in the values are filled in.',
  machine:
    'The other machine that runs it: a name in the setting `fermata.machines.start`, never a command. Left out, it runs where Claude does.',
  once: 'With `true`, one is made for the prompt and not one for each item; it comes last.',
};

export const guardDescriptions: Descriptions<typeof ruleGuard> = {
  event: 'Where it blocks; `PreToolUse` without it.',
  tool: 'Names of tools, separated by `|`; `*` and `?` are wildcards. Left out, any tool.',
  path: 'A file, a folder with what is in it, or a glob, as a path in the project. Values of placeholders are taken literally.',
  command: 'A pattern of a command that Bash runs, as `git merge*`.',
  agent:
    'Agents whose calls it holds back, by id, name or type, separated by `|`; `*` stands for any subagent, `conductor` for Claude itself. Left out, all of them.',
  until:
    'When it ends: `done` (this worker has ended, in whatever way; also the default), `ok` (it has ended well), or any condition.',
  reason:
    'What Claude is told. `{worker}` and `{item}` are filled in; `{workers}` is the state of all at that moment: “W1 (80%), W2 (done)”.',
};

export const resourceDescriptions: Descriptions<(typeof resource)['_zod']['def']['options'][1]> = {
  name: 'What it is called. `file:data.csv` also keeps Claude from editing that file (or what is in that folder) meanwhile; the path starts in the project.',
  mode: '`exclusive` (the default), or `shared` with others that share it.',
};

export const ballotDescriptions: Descriptions<typeof ruleBallot> = {
  name: 'What it is called: `fermata vote proceed --ballot NAME`, and `agreed:NAME` (to proceed) or `decided:NAME` (either way) as a condition.',
  question: 'What is asked.',
  quorum: 'How many votes it needs; without it all of the rule’s workers.',
  rule: '`majority` (the default), `unanimous`, or the share of the votes that is needed.',
  options: 'What may be chosen; `proceed` and `abort` without it.',
  deadline: 'How long it is open, as `10m`.',
};

/** Example rules for the editor’s completion. */
export const ruleExamples = [
  {
    label: 'One worker for each item of a list',
    body: {
      name: 'process-files',
      prompt: 'process .*files?: *(?<items>.+)',
      forEach: 'items',
      workers: [{ task: 'Process {item}', run: ['python3', 'analyze.py', '{item}'] }],
    },
  },
  {
    label: 'One worker for each file of a kind',
    body: {
      name: 'count-all',
      prompt: 'count (the|all) rows',
      forEach: { files: 'data/*.csv' },
      workers: [{ task: 'Count {item}', run: ['wc', '-l', '{item}'] }],
    },
  },
  {
    label: 'A pipeline',
    body: {
      name: 'release',
      prompt: 'release (?<version>\\d\\S*)',
      workers: [
        { name: 'build', task: 'Build', run: ['npm', 'run', 'build'], critical: true },
        { name: 'test', task: 'Test', run: ['npm', 'test'], after: ['build'], timeout: '10m', retries: 1 },
      ],
    },
  },
  {
    label: 'A Claude worker',
    body: {
      name: 'review',
      prompt: 'have (?<items>.+) reviewed',
      forEach: 'items',
      workers: [
        { task: 'Review {item}', kind: 'claude', prompt: 'Review {item}.', allowedTools: ['Read', 'Grep', 'Glob'] },
      ],
    },
  },
];
