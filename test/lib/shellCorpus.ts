import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoRoot } from './runtimes.ts';

/**
 * What a shell does with a command, for a pattern: it runs what the pattern means; it could run it, but bash did not come
 * by; it cannot be read and has the pattern's words; the same, and it is no valid command; it does not run it; it runs it and passes, as the documentation says.
 */
export const VERDICTS = ['runs', 'could', 'unread', 'broken', 'free', 'passes'] as const;

export interface ShellCase {
  pattern: string;
  /** A line in the log of the stubs which shows that what the pattern means has run. */
  ran: RegExp;
  verdict: (typeof VERDICTS)[number];
  command: string;
}

/**
 * The commands of shellCorpus.txt: one a line, further lines behind `| `. `BIN` in them is the folder of the stubs, and `DIR`
 * the one in which the command runs.
 */
export function shellCorpus(bin: string, dir: (index: number) => string): ShellCase[] {
  const cases: ShellCase[] = [];
  let pattern = '';
  let ran = /^/;
  let verdict: ShellCase['verdict'] | undefined;
  for (const line of readFileSync(join(repoRoot, 'test/lib/shellCorpus.txt'), 'utf8').split('\n')) {
    const last = cases.at(-1);
    const [, key = '', value = ''] = /^%% (\w+) ?(.*)$/.exec(line) ?? [];
    if (key === 'pattern') pattern = value;
    else if (key === 'ran') ran = new RegExp(value, 'm');
    else if (key !== '') verdict = VERDICTS.find((each) => each === key);
    else if (line.startsWith('| ') && last !== undefined) last.command += `\n${line.slice(2)}`;
    else if (line !== '' && verdict !== undefined) cases.push({ pattern, ran, verdict, command: line });
  }
  return [...cases, ...longCases()].map((each, i) => ({
    ...each,
    command: each.command.replaceAll('BIN', bin).replaceAll('DIR', dir(i)),
  }));
}

/** Commands that are too long for a line. */
function longCases(): ShellCase[] {
  const runs = [
    `: ${'x'.repeat(20_100)}; git merge f`,
    `${'true; '.repeat(1000)}git merge f`,
    `${'( '.repeat(60)}git merge f${')'.repeat(60)}`,
    `${'{ '.repeat(60)}git merge f${'; }'.repeat(60)}`,
    `cat > f <<'E'\n${'it\'s "prose" (of a kind\n'.repeat(1000)}E\ngit merge f`,
  ];
  const unread = [
    `${'( '.repeat(500)}git merge f`,
    `: ${'x'.repeat(200_000)}; git merge f`,
    `${'$('.repeat(300)}git merge`,
  ];
  const free = [`echo ${'git merge f '.repeat(2000)}`, `cat > f <<'E'\n${'git merge f\n'.repeat(2000)}E`];
  const of = (verdict: ShellCase['verdict'], commands: string[]): ShellCase[] =>
    commands.map((command) => ({ pattern: 'git merge*', ran: /^git merge( |$)/m, verdict, command }));
  return [...of('runs', runs), ...of('unread', unread), ...of('free', free)];
}
