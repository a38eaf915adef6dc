import { dirname, join } from 'node:path';
import { approve } from '#core/plans/rules/approval.ts';
import { makeFolder } from '#core/base/files/folder.ts';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { homePaths, rulesPath } from '#core/base/paths.ts';
import { readRulesFile } from '#core/plans/rules/rulesFile.ts';
import { projectSettingsFile } from '#core/base/settings.ts';
import { DemoFailure } from './hookCalls.ts';

/** The prompts of the simulated person. */
export const FIRST_PROMPT = 'Are the files there, and whole?';
export const PROMPT = 'Process these files: data1.csv, data2.csv, data3.csv';

/** The rows of each file, and the row without a value, at which its worker fails. */
const FILES: Record<string, { rows: number; missing?: number }> = {
  'data1.csv': { rows: 1200 },
  'data2.csv': { rows: 900 },
  'data3.csv': { rows: 1000, missing: 812 },
};

/** The demo's own settings: workers start without a question, and a held call waits in its hook as long as the person does. */
const SETTINGS = {
  spawn: 'auto',
  'hold.seconds': 86_400,
  answer: 'json',
  recordPrompts: true,
  'workers.maxParallel': 4,
};

/** Creates the demo's project in the Fermata home, with approved rules. Its workers run `program`. Returns its path. */
export function prepareProject(home: string, program: string, paceMs: number): string {
  const { demo, projects } = homePaths(home);
  const rules = rulesPath(demo);
  makeFolder(dirname(rules));
  makeFolder(projects);
  for (const [name, { rows, missing }] of Object.entries(FILES))
    writeFileAtomic(join(demo, name), csv(rows, missing), { mode: 0o600 });
  writeFileAtomic(rules, `${JSON.stringify(demoRules(program, paceMs), null, 2)}\n`, { mode: 0o600 });
  writeFileAtomic(projectSettingsFile(home, demo), `${JSON.stringify(SETTINGS)}\n`, { mode: 0o600 });
  const text = readRulesFile(demo);
  if (text === undefined || text.problems.length > 0)
    throw new DemoFailure(`The demo's own rules do not hold: ${text?.problems[0]?.message ?? 'they are not there'}`);
  approve(home, demo, text.sha256);
  return demo;
}

function csv(rows: number, missing: number | undefined): string {
  const lines = Array.from({ length: rows }, (_, i) => `${i + 1},${i + 1 === missing ? '' : (i * 37) % 1000}`);
  return ['id,value', ...lines, ''].join('\n');
}

function demoRules(program: string, paceMs: number): unknown {
  const electron = process.versions['electron'] === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' };
  return {
    version: 1,
    rules: [
      {
        name: 'process-files',
        prompt: 'process .*files?: *(?<items>.+)',
        forEach: 'items',
        workers: [
          {
            task: 'Process {item}',
            run: [process.execPath, program, 'worker', '{item}'],
            env: { FERMATA_DEMO_PACE_MS: String(paceMs), ...electron },
            guard: [
              { tool: 'Read', path: '{item}', until: 'done', reason: '{worker} has already loaded {item} into memory' },
              {
                tool: 'Bash',
                command: 'sh merge.sh*',
                until: ['done', 'done:all'],
                reason: 'Workers still processing: {workers}',
              },
            ],
          },
        ],
      },
    ],
  };
}
