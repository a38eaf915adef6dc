import { join } from 'node:path';
import type { Reply } from '#test/lib/modelReply.ts';
import type { Turn } from '#test/lib/modelServer.ts';

/** Scenario 1 of the project's founding document: three files, three workers, and a Conductor that reads too early. */
export const PROMPT = 'Process these large files: data1.csv, data2.csv, data3.csv';

/** CSV files of known length: data row `i` is `i,i`. */
export function csvFiles(rows: number[] = [3, 4, 5]): Record<string, string> {
  const csv = (count: number): string =>
    ['id,value', ...Array.from({ length: count }, (_, i) => `${i + 1},${i + 1}`)].join('\n');
  return {
    ...Object.fromEntries(rows.map((count, i) => [`data${i + 1}.csv`, `${csv(count)}\n`])),
    'merge.sh': 'cat "$@" > merged.json && echo merged $# files\n',
  };
}

/** The rule that starts `command` for each file. With `guarded`, the plan itself keeps Claude from reading a file twice. */
export function rules(command: string[], guarded: boolean): unknown {
  const read = {
    tool: 'Read',
    path: '{item}',
    until: 'done',
    reason: '{worker} has already loaded {item} into memory',
  };
  const merge = {
    tool: 'Bash',
    command: 'sh merge.sh*',
    until: ['done', 'done:all'],
    reason: 'Workers still processing: {workers}',
  };
  const worker = { task: 'Process {item}', run: command, guard: guarded ? [read, merge] : [merge] };
  return {
    version: 1,
    rules: [{ name: 'process-files', prompt: 'process .*files?: *(?<items>.+)', forEach: 'items', workers: [worker] }],
  };
}

/**
 * The script of the Conductor: it reads the first file (refused), waits by the command that the refusal names, reads the
 * results, merges (refused or held until all are done), and sums up.
 */
export function conductor(project: string, release: () => void, ready: () => Promise<unknown> = async () => {}) {
  const bash = (command: string): Reply => ({ tools: [{ name: 'Bash', input: { command, description: 'run' } }] });
  return async (turn: Turn): Promise<Reply> => {
    const last = turn.lastToolResults[0]?.text ?? '';
    if (turn.index === 0) await ready();
    if (turn.index === 0)
      return {
        text: "I'll process these files.",
        tools: [{ name: 'Read', input: { file_path: join(project, 'data1.csv') } }],
      };
    const wait = /to wait for it: (.+? wait clear:B\d+)/.exec(turn.newInput)?.[1];
    if (turn.index === 1) release();
    if (turn.index < 40 && wait !== undefined) return bash(wait);
    if (!last.includes('merged')) return bash('sh merge.sh data1.csv data2.csv data3.csv');
    return { text: `All done. ${last.trim()}` };
  };
}
