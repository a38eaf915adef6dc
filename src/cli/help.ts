import { EXIT } from './exit.ts';
import { COMMON, type OptionSpec, type Verb } from './verb.ts';

/** What each exit code means. */
export const EXIT_CODES: readonly [code: number, meaning: string][] = [
  [EXIT.ok, 'done'],
  [EXIT.refused, 'refused, not granted or can never hold'],
  [EXIT.usage, 'usage'],
  [EXIT.noSession, 'no session'],
  [EXIT.timedOut, 'timed out'],
  [EXIT.lockLost, 'lock lost'],
  [EXIT.aborted, 'aborted'],
];

const CODES = `Exit codes: ${EXIT_CODES.map(([code, meaning]) => `${code} ${meaning}`).join('; ')}.`;

/** The usage line of a verb: its name and its arguments. */
export const usageOf = (verb: Verb): string => `${verb.name} ${verb.usage}`.trimEnd();

/** The list of all verbs. */
export function overview(verbs: readonly Verb[]): string {
  const width = Math.max(...verbs.map((v) => v.name.length));
  const lines = verbs.map((v) => `  ${v.name.padEnd(width)}  ${v.summary}`);
  return [
    'usage: fermata <verb> …',
    '',
    ...lines,
    '',
    'fermata <verb> --help tells more. Durations: 30s, 5m, 1h, 500ms, 30 (seconds).',
    CODES,
    '',
  ].join('\n');
}

/** The full help of one verb. */
export function verbHelp(verb: Verb): string {
  const options = Object.entries({ ...verb.options, ...COMMON }).map(
    ([name, spec]) => [optionText(name, spec), spec.help] as const,
  );
  const width = Math.max(...options.map(([text]) => text.length));
  return [
    `usage: fermata ${usageOf(verb)}`,
    '',
    `${verb.summary}.`,
    ...(verb.notes ?? []),
    '',
    ...options.map(([text, help]) => `  ${text.padEnd(width)}  ${help}`),
    '',
    'Examples:',
    ...verb.examples.map((e) => `  ${e}`),
    '',
    CODES,
    '',
  ].join('\n');
}

function optionText(name: string, { type, value }: OptionSpec): string {
  if (type === 'boolean') return `--${name}`;
  return type === 'optional' ? `--${name} [${value ?? 'VALUE'}]` : `--${name} ${value ?? 'VALUE'}`;
}
