import { parseArgs } from 'node:util';
import { assertDuration } from './args.ts';
import { Failure, usage } from './exit.ts';
import { type Io, COMMON, type Call, type OptionSpec, type Verb } from './verb.ts';

/** Parses the arguments of a verb. Throws a usage failure for an option that the verb does not have. */
export function parseCall(verb: Verb, argv: readonly string[], io: Io): Call {
  const options = { ...COMMON, ...verb.options };
  const separator = argv.indexOf('--');
  const ownArgs = separator === -1 ? [...argv] : argv.slice(0, separator);
  const command = separator === -1 ? undefined : argv.slice(separator + 1);
  try {
    const { values, positionals } = parseArgs({
      args: normalizeArgs(ownArgs, options),
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
    for (const [name, spec] of Object.entries(options)) all(name).forEach((value) => assertFits(name, spec, value));
    return {
      io,
      args: positionals,
      command,
      text: (name) => all(name).at(-1),
      texts: all,
      flag: (name) => values[name] === true,
    };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw usage((error as Error).message.split('. ')[0] ?? 'wrong arguments');
  }
}

/** Checked before the verb runs, so that nothing is published by a call that is refused. */
function assertFits(name: string, { type, value, fits }: OptionSpec, text: string): void {
  if (type === 'optional' && text === '') return;
  if (value === 'D') assertDuration(name, text);
  else if (fits?.(text) === false) throw usage(`--${name} needs ${value ?? 'another value'}, not "${text}"`);
}

/**
 * Rewrites arguments into forms that parseArgs takes: an optional value is joined to its option, because parseArgs knows
 * only options that always or never have a value; positional arguments move behind `--`, so that they may begin with a dash.
 */
function normalizeArgs(argv: string[], options: Record<string, OptionSpec>): string[] {
  const result: string[] = [];
  const texts: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const token = argv[i] === '-h' ? '--help' : (argv[i] ?? '');
    if (!token.startsWith('--') || /\s/.test(token.split('=')[0] ?? '')) {
      texts.push(token);
      continue;
    }
    const spec = Object.hasOwn(options, token.slice(2)) ? options[token.slice(2)] : undefined;
    const next = argv[i + 1];
    if (spec?.type === 'optional')
      result.push(next !== undefined && spec.fits?.(next) === true ? `${token}=${argv[++i] ?? ''}` : `${token}=`);
    // a value may begin with a dash unless it is the name of an option
    else if (spec?.type === 'string' && next !== undefined && !isOption(next, options))
      result.push(`${token}=${argv[++i] ?? ''}`);
    else result.push(token);
  }
  return [...result, '--', ...texts];
}

const isOption = (token: string, options: Record<string, OptionSpec>): boolean =>
  token.startsWith('--') && Object.hasOwn(options, token.slice(2).split('=')[0] ?? '');
