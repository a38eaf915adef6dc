import { masked } from '#core/base/masking.ts';

/** The result of one check, for a person. */
export interface Finding {
  /** Stable, for scripts: `node`, `settings`, `selfTest`, … */
  id: string;
  /** Only an error means that Fermata does not work as installed. */
  level: 'ok' | 'warn' | 'error';
  /** What the check found, a sentence. */
  text: string;
  /** What the person can do about it; every warning and error has it. */
  todo?: string;
}

export const ok = (id: string, text: string): Finding => ({ id, level: 'ok', text });
export const warn = (id: string, text: string, todo: string): Finding => ({ id, level: 'warn', text, todo });
export const error = (id: string, text: string, todo: string): Finding => ({ id, level: 'error', text, todo });

/** True if there is no error; warnings are allowed. */
export const isFine = (findings: readonly Finding[]): boolean => findings.every(({ level }) => level !== 'error');

const LABELS: Record<Finding['level'], string> = { ok: 'ok   ', warn: 'warn ', error: 'ERROR' };

/** The findings as lines for a terminal, each with its `todo` in the line below. */
export function textReport(findings: readonly Finding[]): string {
  const lines = findings.map(
    ({ level, text, todo }) => `${LABELS[level]} ${text}${todo === undefined ? '' : `\n      → ${todo}`}`,
  );
  return masked([...lines, '', summary(findings)].join('\n'));
}

/** The findings as a Markdown document: errors first, then warnings, then everything that is in order. */
export function markdownReport(findings: readonly Finding[], facts: { version: string; date: string }): string {
  const section = (title: string, level: Finding['level']): string[] => {
    const selected = findings.filter((finding) => finding.level === level);
    const lines = selected.map(({ text, todo }) => `- ${text}${todo === undefined ? '' : `\n  → **${todo}**`}`);
    return lines.length === 0 ? [] : ['', `## ${title}`, '', ...lines];
  };
  const report = [
    '# Fermata: Diagnose',
    '',
    summary(findings),
    ...section('Broken', 'error'),
    ...section('Worth a look', 'warn'),
    ...section('In order', 'ok'),
    '',
    `Fermata ${facts.version}, ${facts.date}`,
    '',
  ];
  // people attach it to a report of a bug
  return masked(report.join('\n'));
}

function summary(findings: readonly Finding[]): string {
  const broken = findings.filter(({ level }) => level === 'error').length;
  if (broken === 0) return 'Fermata works.';
  return `${broken === 1 ? '1 thing is' : `${broken} things are`} broken.`;
}
