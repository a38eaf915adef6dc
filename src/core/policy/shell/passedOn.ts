/** What a program starts whose exit code becomes that of the program. Pure. */
import type { Field } from './field.ts';
import { programName, startedBy, type Started } from './startedBy.ts';

/** The argument list, or the script, that is started. */
export type PassedOn = Exclude<Started, 'input'>;

/** Programs that end with the exit code of the command which they start, and start it in their own folder. */
const PROGRAMS = new Set(
  'env nice ionice chrt taskset timeout gtimeout time nohup stdbuf unbuffer command builtin noglob nocorrect sudo doas caffeinate arch winpty setpriv flock fermata'.split(
    ' ',
  ),
);
const SHELLS = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'mksh', 'ash']);
const CHANGES_FOLDER = /^(-C|-D|--chdir|--chroot)/;
/** `flock -E 0` ends with 0 where it started nothing, and `fermata spawn` as soon as it has. */
const HIDES = /^(-[a-z]*E|--conflict-exit-code|spawn$)/;

/** Undefined where the program starts nothing, several things, or something in another folder, or may not end as that does. */
export function passedOn(argv: Field[]): PassedOn | undefined {
  const [program, ...args] = argv;
  const name = programName(program);
  if (name === undefined || !(PROGRAMS.has(name) || SHELLS.has(name))) return undefined;
  const [started, more] = startedBy(argv, undefined);
  if (started === undefined || more !== undefined || started === 'input') return undefined;
  const own = 'argv' in started ? args.slice(0, args.length - started.argv.length) : args;
  const isChanged = PROGRAMS.has(name) && own.some(({ text }) => CHANGES_FOLDER.test(text));
  const isHidden = (name === 'flock' || name === 'fermata') && own.some(({ text }) => HIDES.test(text));
  return isChanged || isHidden ? undefined : started;
}
