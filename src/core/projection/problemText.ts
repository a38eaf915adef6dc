import type { Wording } from './wording.ts';

/** How a worker ended, which log and fold keep in English, in the wording of a surface. A worker's own words stay. */
export function problemText(problem: string, { names, texts: { problem: texts, note, detail } }: Wording): string {
  const fixed: Record<string, string> = {
    'its process is gone': texts.gone,
    'its process is gone and nobody saw how it ended': texts.unseen,
    'the session ended': texts.sessionEnded,
    'Claude Code no longer lists it, and nobody saw how it ended': texts.unlisted,
    'its team is over': texts.teamOver,
    'its workflow is over': texts.workflowOver,
    'the agent that waited for it has ended': texts.callerEnded,
    'not started: a prerequisite failed': texts.notStarted,
  };
  const exact = Object.hasOwn(fixed, problem) ? fixed[problem] : undefined;
  if (exact !== undefined) return exact;
  const [, signal, code, by, word] =
    /^(?:killed by (SIG\w+)|exit code (\d+)|aborted by ([\w.-]+)(?:: ([^]+))?)$/.exec(problem) ?? [];
  if (signal !== undefined) return texts.killed(signal);
  if (code !== undefined) return texts.code(code);
  if (by !== undefined && word !== undefined) return detail(texts.aborted(names.worker(by)), word);
  if (by !== undefined) return texts.aborted(names.worker(by));
  const [, attempt, how = '', seconds = ''] = /^attempt (\d+): (.*); again in (\d+) s$/s.exec(problem) ?? [];
  if (attempt !== undefined) return texts.again(attempt, how, seconds);
  // its own words, and how its process ended
  const [, own, ended] = /^(.*) \((killed by SIG\w+|exit code \d+)\)$/s.exec(problem) ?? [];
  if (own === undefined || ended === undefined) return problem;
  return note(own, ended.startsWith('killed by ') ? texts.killed(ended.slice(10)) : texts.code(ended.slice(10)));
}
