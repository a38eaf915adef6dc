import type { ClaudeTask } from '#core/plans/plannedWorkers.ts';

/** The command line of a Claude worker. It is told as JSON lines what happens, and may use no more than its rule allows. */
export function claudeCommand(program: string, task: ClaudeTask): string[] {
  const { prompt, allowedTools, permissionMode, model, maxTurns } = task;
  return [
    program,
    '-p',
    // a prompt is no option, whatever it begins with
    prompt.startsWith('-') ? ` ${prompt}` : prompt,
    '--output-format',
    'stream-json',
    '--verbose',
    '--permission-mode',
    permissionMode,
    ...(allowedTools.length === 0 ? [] : ['--allowedTools', allowedTools.join(',')]),
    ...(model === undefined ? [] : ['--model', model]),
    ...(maxTurns === undefined ? [] : ['--max-turns', String(maxTurns)]),
  ];
}
