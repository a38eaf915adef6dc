import { Readable } from 'node:stream';
import { positionals } from '#cli/args.ts';
import { EXIT, Failure } from '#cli/exit.ts';
import { parseCall } from '#cli/parse.ts';
import { VERBS } from '#cli/table.ts';
import { COMMON, type Io, type OptionSpec, type Verb } from '#cli/verb.ts';
import { parseDuration } from '#protocol/duration.ts';
import { hold, parted, same, type Target } from '#test/fuzz/target.ts';

const io: Io = {
  stdout: () => undefined,
  stderr: () => undefined,
  stdin: Readable.from([]),
  env: {},
  cwd: '/',
  now: () => 0,
  ancestry: () => [],
};

interface Parsed {
  values: Record<string, string[]>;
  texts: string[];
  command: string[] | undefined;
}

/** The arguments read in the simplest way; undefined where an option is unknown, has no value, or one too many. */
function simplyParsed(options: Record<string, OptionSpec>, argv: string[]): Parsed | undefined {
  const values: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  const texts: string[] = [];
  const isOption = (token: string): boolean =>
    token.startsWith('--') && Object.hasOwn(options, token.slice(2).split('=')[0] ?? '');
  for (let i = 0; i < argv.length; i++) {
    const token = argv[i] === '-h' ? '--help' : (argv[i] ?? '');
    if (token === '--') return { values, texts, command: argv.slice(i + 1) };
    const [head = '', ...tail] = token.split('=');
    if (!token.startsWith('--') || /\s/.test(head)) {
      texts.push(token);
      continue;
    }
    const name = head.slice(2);
    const spec = Object.hasOwn(options, name) ? options[name] : undefined;
    if (spec === undefined) return undefined;
    const joined = token.includes('=') ? tail.join('=') : undefined;
    const next = argv[i + 1] === '--' ? undefined : argv[i + 1];
    let value = joined;
    if (spec.type === 'boolean') {
      if (joined !== undefined) return undefined;
      value = 'true';
    } else if (joined === undefined && spec.type === 'string' && next !== undefined && !isOption(next))
      value = argv[++i];
    else if (joined === undefined && spec.type === 'optional')
      value = next !== undefined && spec.fits?.(next) === true ? argv[++i] : '';
    if (value === undefined) return undefined;
    // of an option that counts once the last value does
    values[name] = spec.multiple === true ? [...(values[name] ?? []), value] : [value];
  }
  return { values, texts, command: undefined };
}

const isRight = ({ type, value: kind, fits }: OptionSpec, value: string): boolean =>
  type === 'boolean' ||
  (type === 'optional' && value === '') ||
  (kind === 'D' ? parseDuration(value) !== undefined : fits?.(value) !== false);

function assertCall(verb: Verb, argv: string[]): void {
  const options = { ...COMMON, ...verb.options };
  const parsed = simplyParsed(options, argv);
  const fits = Object.entries(parsed?.values ?? {}).every(([name, values]) =>
    values.every((value) => isRight(options[name] as OptionSpec, value)),
  );
  const simple = fits ? parsed : undefined;
  try {
    const call = parseCall(verb, argv, io);
    hold(simple !== undefined, () => 'accepted, where nothing fits');
    same(call.args, simple.texts, 'arguments');
    same(call.command, simple.command, 'command');
    for (const [name, { type }] of Object.entries(options)) {
      const values = simple.values[name] ?? [];
      if (type === 'boolean') same(call.flag(name), values.length > 0, `--${name}`);
      else same(call.texts(name), values, `--${name}`);
    }
    positionals(verb, call);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    same(error.code, EXIT.usage, 'exit code');
    hold(error.message !== '', () => 'no message');
  }
}

/** The arguments of every verb, one a line behind its name, against the simplest reader of them. */
export const commandLine: Target = {
  seeds: () =>
    VERBS.flatMap((verb) => {
      const options = Object.entries({ ...COMMON, ...verb.options });
      const all = options.flatMap(([name, { type, value }]) => [
        `--${name}`,
        ...(type === 'boolean' ? [] : [value === 'D' ? '30s' : 'W1']),
      ]);
      return [
        ...verb.examples.map((example) => [verb.name, ...example.split(' ').slice(2)].join('\n')),
        [verb.name, ...all, 'a', '--', 'b'].join('\n'),
        ...options.map(([name]) => `${verb.name}\na\n--${name}=5m\n-h`),
      ];
    }),
  words: [
    ...VERBS.map(({ name }) => name),
    '--',
    '-h',
    '--help',
    '--json',
    '--worker',
    '=',
    '30s',
    '500ms',
    '1.5h',
    '-',
  ],
  maxBytes: 2048,
  check: (input) => {
    const [name, rest] = parted(input);
    const text = rest.toString('utf8');
    const ms = parseDuration(name);
    hold(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0), () => `${name} is a duration of ${ms} ms`);
    const verb = VERBS.find((each) => each.name === name);
    if (verb !== undefined) assertCall(verb, text === '' ? [] : text.split('\n'));
  },
};
