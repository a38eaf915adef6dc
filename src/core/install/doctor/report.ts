import { isFine, type Finding, type Level } from './finding.ts';

const MARKS: Record<Level, string> = { ok: 'ok   ', warn: 'warn ', error: 'ERROR' };

/** The findings as lines for a terminal; what is to be done stands below what was found. */
export function textReport(findings: readonly Finding[]): string {
  const lines = findings.map(({ level, text, todo }) =>
    [`${MARKS[level]} ${text}`, ...(todo === undefined ? [] : [`      → ${todo}`])].join('\n'),
  );
  return [...lines, '', summary(findings)].join('\n');
}

/** The findings as a document: what needs a hand first, then everything that is in order. */
export function markdownReport(findings: readonly Finding[], facts: { version: string; date: string }): string {
  const section = (title: string, level: Level): string[] => {
    const selected = findings.filter((finding) => finding.level === level);
    if (selected.length === 0) return [];
    const lines = selected.map(({ text, todo }) => `- ${text}${todo === undefined ? '' : `\n  → **${todo}**`}`);
    return ['', `## ${title}`, '', ...lines];
  };
  return [
    '# Fermata: Diagnose',
    '',
    summary(findings),
    ...section('Broken', 'error'),
    ...section('Worth a look', 'warn'),
    ...section('In order', 'ok'),
    '',
    `Fermata ${facts.version}, ${facts.date}`,
    '',
  ].join('\n');
}

function summary(findings: readonly Finding[]): string {
  const broken = findings.filter(({ level }) => level === 'error').length;
  if (!isFine(findings)) return `${broken === 1 ? '1 thing is' : `${broken} things are`} broken.`;
  return 'Fermata works.';
}
