import { parseArgs } from 'node:util';
import { usage } from './exit.ts';
import type { Io } from './io.ts';
import { COMMON, type Call, type OptionSpec, type Verb } from './verb.ts';

/** What follows a verb as a Call. Throws a usage failure for what the verb does not know. */
export function parseCall(verb: Verb, argv: readonly string[], io: Io): Call {
  const options = { ...COMMON, ...verb.options };
  const dashes = argv.indexOf('--');
  const own = dashes === -1 ? [...argv] : argv.slice(0, dashes);
  const command = dashes === -1 ? undefined : argv.slice(dashes + 1);
  try {
    const { values, positionals } = parseArgs({
      args: arranged(own, options),
      allowPositionals: true,
      strict: true,
      options: Object.fromEntries(
        Object.entries(options).map(([name, spec]) => [
          name,
          { type: spec.type === 'boolean' ? 'boolean' : 'string', multiple: spec.multiple ?? false } as const,
        ]),
      ),
    });
    const all = (name: string): string[] => {
      const value = values[name];
      return (Array.isArray(value) ? value : [value]).filter((v) => typeof v === 'string');
    };
    return {
      io,
      args: positionals,
      command,
      text: (name) => all(name).at(-1),
      texts: all,
      flag: (name) => values[name] === true,
    };
  } catch (error) {
    throw usage((error as Error).message.split('. ')[0] ?? 'wrong arguments');
  }
}

/**
 * An optional value becomes part of its option, since parseArgs knows only options that always or never have one. What
 * is no option comes last, after `--`, so that a text may begin with a dash.
 */
function arranged(argv: string[], options: Record<string, OptionSpec>): string[] {
  const result: string[] = [];
  const texts: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] === '-h' ? '--help' : (argv[i] ?? '');
    if (!word.startsWith('--') || /\s/.test(word.split('=')[0] ?? '')) {
      texts.push(word);
      continue;
    }
    const spec = Object.hasOwn(options, word.slice(2)) ? options[word.slice(2)] : undefined;
    const next = argv[i + 1];
    if (spec?.type === 'optional')
      result.push(next !== undefined && spec.fits?.(next) === true ? `${word}=${argv[++i] ?? ''}` : `${word}=`);
    // a value may begin with a dash, unless it is another option
    else if (spec?.type === 'string' && next !== undefined && !isOption(next, options))
      result.push(`${word}=${argv[++i] ?? ''}`);
    else result.push(word);
  }
  return [...result, '--', ...texts];
}

const isOption = (word: string, options: Record<string, OptionSpec>): boolean =>
  word.startsWith('--') && Object.hasOwn(options, word.slice(2).split('=')[0] ?? '');
