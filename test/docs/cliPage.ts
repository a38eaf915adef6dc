import { EXIT_CODES, usageOf } from '#cli/help.ts';
import { VERBS } from '#cli/table.ts';
import { COMMON, type OptionSpec, type Verb } from '#cli/verb.ts';

/** docs/cli.md: the help of every verb. */
export function cliPage(): string {
  return `${[
    '<!-- Made by "npm run docs" from the verbs in src/cli: change those. -->',
    '# The command line',
    'One command, `fermata`, for workers, for Claude and for people. The same program answers to the name `claude-code-hook`, as `fermata hook` does.',
    'It finds its session and who speaks by itself: from `FERMATA_SESSION_DIR` and `FERMATA_WORKER`, which a runner sets; inside Claude’s own calls from Claude; by the processes above it where these say otherwise. A variable of a session that has ended, or of a folder that is no session of this home, does not count, and a note says so. Else it takes the live session whose project is nearest to the folder, and speaks as the person at the keyboard. Inside Claude, `fermata wait` then also takes a session whose Claude is gone without having recorded an end, so that the command that a refusal names always works.',
    'Durations are `30s`, `5m`, `1h`, `500ms`, or a number of seconds. What is printed does not depend on the locale.',
    table(['option of every verb', ''], Object.entries(COMMON).map(optionRow)),
    '## Exit codes',
    table(
      ['code', 'meaning'],
      EXIT_CODES.map(([code, meaning]) => [String(code), meaning]),
    ),
    'With `--json` a failure is also told on standard output: `{"ok":false,"code":3,"error":"…"}`.',
    '## Verbs',
    table(
      ['verb', ''],
      VERBS.map((verb) => [`[${verb.name}](#${verb.name})`, verb.summary]),
    ),
    ...VERBS.map(verbText),
  ].join('\n\n')}\n`;
}

function verbText(verb: Verb): string {
  const options = Object.entries(verb.options ?? {});
  return [
    `### ${verb.name}`,
    `${verb.summary}.`,
    `\`\`\`\nfermata ${usageOf(verb)}\n\`\`\``,
    ...(verb.notes === undefined ? [] : [verb.notes.map(escaped).join(' ')]),
    ...(options.length === 0 ? [] : [table(['option', ''], options.map(optionRow))]),
    `\`\`\`sh\n${verb.examples.join('\n')}\n\`\`\``,
  ].join('\n\n');
}

function optionRow([name, { type, value = 'VALUE', help }]: [string, OptionSpec]): string[] {
  const form = type === 'boolean' ? `--${name}` : type === 'optional' ? `--${name} [${value}]` : `--${name} ${value}`;
  return [`\`${form}\``, help];
}

const escaped = (text: string): string => text.replaceAll(/[<>*|]/g, '\\$&');

const table = (heads: string[], rows: string[][]): string =>
  [
    heads,
    heads.map(() => '---'),
    ...rows.map(([first = '', ...rest]) => [first.replaceAll('|', '\\|'), ...rest.map(escaped)]),
  ]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
