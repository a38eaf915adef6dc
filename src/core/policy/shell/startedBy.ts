/** What a command starts, as far as its arguments show it. */
import { UNKNOWN, type Field, type Output } from './field.ts';
import { LAUNCHERS, type Launcher } from './launchers.ts';
import { readOptions, type Options } from './options.ts';

/** Another command, a text for a shell, or what a shell reads from its input. */
export type Started = { argv: Field[] } | { script: string; positional?: Field[] } | 'input';

const SHELLS = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'mksh', 'ash', 'rbash', 'fish', 'hush', 'csh', 'tcsh']);

/** What a command starts, as far as its arguments show it. `input` is what it reads. */
export function startedBy([program, ...args]: Field[], input: Output | undefined): Started[] {
  const name = programName(program);
  if (name === undefined) return [];
  if (SHELLS.has(name)) return startedByShell(args);
  switch (name) {
    case 'eval':
      return [{ script: joined(args[0]?.text === '--' ? args.slice(1) : args) }];
    case 'source':
    case '.':
      return args.length === 0 ? [] : scriptFile(args);
    case 'trap':
      return args.length > 1 && !/^-[lp]?$/.test(args[0]?.text ?? '')
        ? [{ script: withoutDashes(args)[0]?.text ?? '' }]
        : [];
    case 'find':
      return startedByFind(args);
    case 'fd':
    case 'fdfind':
      return startedByFd(args);
    case 'xargs':
      return startedByXargs(args, input);
    case 'git':
      return startedByGit(gitArguments(args));
    case 'runuser':
      // without a user among its options it has the arguments of su
      return startedByLauncher(LAUNCHERS[args.some(({ text }) => /^(-u|--user)/.test(text)) ? name : 'su'] ?? {}, args);
    default: {
      const launcher = Object.hasOwn(LAUNCHERS, name) ? LAUNCHERS[name] : undefined;
      return launcher === undefined ? [] : startedByLauncher(launcher, args);
    }
  }
}

/** The program's name without its folder; undefined if it is not known. */
export function programName(program: Field | undefined): string | undefined {
  const name = program?.shape
    .split('/')
    .at(-1)
    ?.replace(/\.exe$/i, '');
  return name === undefined || name.includes(UNKNOWN) ? undefined : name;
}

/** The options of git before its verb that take a value in the next argument. */
const GIT_VALUES = [
  '-C',
  '-c',
  '--git-dir',
  '--work-tree',
  '--namespace',
  '--super-prefix',
  '--config-env',
  '--attr-source',
  '--list-cmds',
];

/** Git's verb and its arguments, without the options before them. */
export function gitArguments(args: Field[]): Field[] {
  let start = 0;
  while (args[start]?.text.startsWith('-')) start += GIT_VALUES.includes(args[start]?.text ?? '') ? 2 : 1;
  return args.slice(start);
}

function startedByGit([verb, ...args]: Field[]): Started[] {
  if (verb?.text === 'bisect' && args[0]?.text === 'run') return [{ argv: args.slice(1) }];
  const submodule = verb?.text === 'submodule' ? withoutDashes(args) : [];
  if (submodule[0]?.text === 'foreach') return [{ script: joined(withoutDashes(submodule.slice(1))) }];
  if (verb?.text !== 'rebase') return [];
  const { scripts } = readOptions(args, { values: 'xsXCS', script: ['-x', '--exec'] });
  return scripts.map((script) => ({ script }));
}

function startedByLauncher(launcher: Launcher, args: Field[]): Started[] {
  const { verbs, only = '', shell, behind, assignments } = launcher;
  const words = verbs === undefined ? args : readOptions(args, launcher).rest;
  if (verbs !== undefined && !verbs.includes(words[0]?.text ?? '')) return [];
  const start = args.findIndex(({ text }) => behind?.includes(text) === true);
  if (start !== -1) return commandOf(args.slice(start + 1), launcher);
  const { rest, scripts, flags } = readOperands(launcher, verbs === undefined ? args : words.slice(1));
  if (flags.some((letter) => only.includes(letter))) return [];
  // the text of `env -S` may begin with options, and the arguments behind it belong to its command
  if (assignments && scripts.length > 0) return [{ script: ['env', ...scripts, joined(rest)].join(' ') }];
  const started = scripts.map((script): Started => ({ script }));
  if (behind !== undefined) return started;
  if (rest.length > 0) return [...started, ...commandOf(rest, launcher)];
  const isShell = shell !== undefined && (shell === '' || flags.some((letter) => shell.includes(letter)));
  return isShell && scripts.length === 0 ? ['input'] : started;
}

const commandOf = (words: Field[], { texts }: Launcher): Started[] =>
  texts === undefined ? [{ argv: words }] : textsOf(words, texts);

/** Reads the options and operands before the command. What takes a text for a shell may take it behind operands. */
function readOperands(launcher: Launcher, args: Field[]): Options {
  let { rest, scripts, flags } = readOptions(args, launcher);
  for (let i = 0; i < (launcher.operands ?? 0) && rest.length > 0; i++) {
    rest = rest.slice(1);
    if (rest[0]?.text === '--') return { rest: rest.slice(1), scripts, flags };
    if (launcher.script === undefined) continue;
    const more = readOptions(rest, launcher);
    ({ rest } = more);
    scripts = [...scripts, ...more.scripts];
    flags = [...flags, ...more.flags];
  }
  return { rest, scripts, flags };
}

/** The texts for a shell among operands; those of `parallel` go on behind `:::`. */
function textsOf(operands: Field[], kind: 'joined' | 'each'): Started[] {
  const end = operands.findIndex(({ text }) => text.startsWith(':::'));
  const isEach = kind === 'each' || end === 0;
  if (isEach) return operands.slice(end + 1).map(({ text }) => ({ script: text }));
  return [{ script: joined(operands.filter(({ text }) => !text.startsWith(':::'))) }];
}

function startedByShell(args: Field[]): Started[] {
  let isCommand = false;
  let isInput = false;
  let i = 0;
  for (; i < args.length; i++) {
    const text = args[i]?.text ?? '';
    if (text === '--' || text === '-') {
      i++;
      break;
    }
    if (!/^[-+]./.test(text)) break;
    if (/^--(rcfile|init-file)$/.test(text) || /^[-+][a-zA-Z]*[oO]$/.test(text)) i++;
    if (/^--command$/.test(text) || /^-[a-zA-Z]*c/.test(text)) isCommand = true;
    if (/^-[a-zA-Z]*s/.test(text)) isInput = true;
  }
  const rest = args.slice(i);
  if (isCommand) return rest[0] === undefined ? [] : [{ script: rest[0].text, positional: rest.slice(1) }];
  return isInput || rest.length === 0 ? ['input'] : scriptFile(rest);
}

/** A shell runs a file: its input, what a process substitution prints, or a script, which is a command of its own. */
function scriptFile([file, ...args]: Field[]): Started[] {
  if (file === undefined) return [];
  if (/^(-|\/dev\/stdin|\/dev\/fd\/0|\/proc\/self\/fd\/0)$/.test(file.text)) return ['input'];
  if (file.output !== undefined) return [{ script: file.output.text ?? file.text }];
  const isInFolder = file.shape.includes('/') || file.shape.startsWith(UNKNOWN);
  const program = isInFolder ? file : { text: `./${file.text}`, shape: `./${file.shape}` };
  return [{ argv: [program, ...args] }];
}

function startedByFind(args: Field[]): Started[] {
  return args.flatMap(({ text }, i) => {
    if (!/^-(exec|execdir|ok|okdir)$/.test(text)) return [];
    const rest = args.slice(i + 1);
    const end = rest.findIndex((arg) => arg.text === ';' || arg.text === '+');
    return [{ argv: fill(end === -1 ? rest : rest.slice(0, end), '{}') }];
  });
}

function startedByFd(args: Field[]): Started[] {
  const start = args.findIndex(({ text }) => /^(-[a-zA-Z]*[xX]|--exec|--exec-batch)$/.test(text));
  return start === -1 ? [] : [{ argv: fill(args.slice(start + 1), '{}') }];
}

function startedByXargs(args: Field[], input: Output | undefined): Started[] {
  const options = { values: 'adEIJLnPRSs', long: 'arg-file delimiter max-args max-procs max-chars max-lines' };
  const { rest } = readOptions(args, options);
  if (rest.length === 0) return [];
  const given = args.slice(0, args.length - rest.length).map(({ text }) => text);
  const at = given.findIndex((text) => /^(-I|-i|--replace)/.test(text));
  if (at !== -1) {
    const [, attached = ''] = /^(?:-I|-i|--replace=?)(.*)$/.exec(given[at] ?? '') ?? [];
    const placeholder = attached || (given[at] === '-I' ? given[at + 1] : undefined) || '{}';
    return [{ argv: fill(rest, placeholder, input?.text?.trim()) }];
  }
  const words = input?.text?.split(/\s+/).filter((word) => word !== '') ?? [];
  const more = words.map((text) => ({ text, shape: text }));
  return [{ argv: [...rest, ...(more.length > 0 ? more : [{ text: '$input', shape: UNKNOWN }])] }];
}

/** Arguments with a text in the place of each placeholder; without one they are not known there. */
function fill(args: Field[], placeholder: string, text?: string): Field[] {
  const put = (into: string, by: string): string => into.replaceAll(placeholder, () => by);
  return args.map((arg) => ({
    text: put(arg.text, text ?? '$input'),
    shape: put(arg.shape, text ?? UNKNOWN),
  }));
}

const withoutDashes = (args: Field[]): Field[] =>
  args.slice(
    Math.max(
      0,
      args.findIndex(({ text }) => !text.startsWith('-')),
    ),
  );

const joined = (args: Field[]): string => args.map(({ text }) => text).join(' ');
