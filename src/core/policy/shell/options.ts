/** The options of a program, as getopt reads them. */
import type { Field } from './field.ts';
import type { Launcher } from './launchers.ts';

/** Options as they were read, and the arguments behind them. */
export interface Options {
  rest: Field[];
  /** The values of the options that take a text for a shell. */
  scripts: string[];
  /** The letters of the options without a value. */
  flags: string[];
}

/** Reads the options that stand first; after `--` none. */
export function readOptions(args: Field[], { values = '', long = '', script = [], assignments }: Launcher): Options {
  const scripts: string[] = [];
  const flags: string[] = [];
  const longNames = long.split(' ').map((name) => `--${name}`);
  let i = 0;
  for (; i < args.length; i++) {
    const text = args[i]?.text ?? '';
    if (text === '--') return { rest: args.slice(i + 1), scripts, flags };
    if (assignments && /^[A-Za-z_]\w*=/.test(text)) continue;
    // a lone dash, as in `env -` and `su -`, is an option, too
    if (!text.startsWith('-')) break;
    const [name = '', value] = text.startsWith('--') ? text.split(/=(.*)/s) : shortOption(text, values, script, flags);
    const takesValue = longNames.includes(name) || script.includes(name) || (!name.startsWith('--') && name !== '');
    if (!takesValue) continue;
    const given = value ?? args[++i]?.text;
    if (script.includes(name) && given !== undefined) scripts.push(given);
  }
  return { rest: args.slice(i), scripts, flags };
}

/** The option of a cluster such as `-qc` that takes a value, with the value if it is attached; else an empty name. */
function shortOption(text: string, values: string, script: readonly string[], flags: string[]): [string, string?] {
  for (const [i, letter] of text.split('').entries()) {
    if (i === 0) continue;
    if (!values.includes(letter) && !script.includes(`-${letter}`)) flags.push(letter);
    else return text.length === i + 1 ? [`-${letter}`] : [`-${letter}`, text.slice(i + 1)];
  }
  return [''];
}
