/** The calls of git in a command text, each with the folders in which it may run and the options before its verb. */
import { homedir } from 'node:os';
import { resolve, sep } from 'node:path';
import { inHome } from '#core/base/realPath.ts';
import { UNKNOWN, type Field } from '#core/policy/shell/field.ts';
import type { CommandReading } from '#core/policy/shell/readCommand.ts';
import { programName } from '#core/policy/shell/startedBy.ts';

/** One call of git. */
export interface GitCall {
  verb: Field;
  args: Field[];
  /** The folders in which it may run, absolute; undefined where that is not known. */
  dirs: readonly string[] | undefined;
  /** The aliases that its own options define. */
  aliases: ReadonlyMap<string, string>;
  /** The name of the program is not known: it may be another one. */
  isGuess?: true;
}

/** What is known of a command text beside its simple commands. */
export interface GitPlace {
  cwd: string;
  /** How many changes of the folder there are where all of them hold for what follows; undefined where not all do. */
  inOrder: number | undefined;
  isFolder: (path: string) => boolean;
  /** The command ran some time ago: the stash was another one then. */
  isPast?: true;
}

/** More folders than a text changes into. */
const MAX_DIRS = 8;
const CHANGES = new Set(['cd', 'pushd', 'popd', 'set-location', 'chdir']);
/** Variables that lead git to another repository, index or configuration. */
const LEADS_ELSEWHERE =
  /GIT_(?:DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|CONFIG\w*|OBJECT_DIRECTORY|CEILING_DIRECTORIES)\s*=|submodule\s+foreach/;
/** Options by which a program starts another one in another folder. */
const IN_OTHER_FOLDER = /^(?:-C|-D|--chdir|--cwd|--directory|--prefix|-execdir|-okdir)(?:=|$)/;

/** The calls of git that a text runs or could run. */
export function gitCalls(reading: CommandReading, place: GitPlace): GitCall[] {
  const dirs = new Dirs(place, reading);
  return reading.commands.flatMap((argv): GitCall[] => {
    const [program, ...args] = argv;
    const name = programName(program);
    if (name !== undefined && CHANGES.has(name.toLowerCase())) dirs.change(args, name);
    else if (name === 'mkdir') dirs.make(args);
    else if (name !== 'git' && args.some(({ text }) => IN_OTHER_FOLDER.test(text))) dirs.forget();
    if (name === 'gh' && args[0]?.text === 'pr' && args[1]?.text === 'checkout')
      return [{ verb: plain('switch'), args: args.slice(2), dirs: dirs.known, aliases: new Map() }];
    const call = name === undefined || name === 'git' || name === 'hub' ? gitCall(args, dirs) : undefined;
    if (call === undefined) return [];
    if (name !== undefined && call.verb.text === 'init') dirs.init(call);
    const known = { ...call, dirs: dirs.withoutNew(call.dirs) };
    return [name === undefined ? { ...known, isGuess: true } : known];
  });
}

export const plain = (text: string): Field => ({ text, shape: text });

/** Whether a word is known only when the command runs. Names of files that a shell puts in the place of `*` are no others than git's. */
export const isUnknown = ({ text, shape }: Field): boolean => shape.includes(UNKNOWN) && !isGlob(text);
export const isGlob = (text: string): boolean => /[*?[]/.test(text) && !/[$`<>]/.test(text);

/** The folders in which the next command may run. */
class Dirs {
  #known: string[] | undefined;
  /** The folders that the text makes, and the repositories: these have nothing in them that others could have edited. */
  readonly #made = new Set<string>();
  readonly #repositories = new Set<string>();
  readonly #inOrder: boolean;
  readonly #isFolder: (path: string) => boolean;

  constructor({ cwd, inOrder, isFolder }: GitPlace, reading: CommandReading) {
    const changes = reading.commands.filter(([program]) => CHANGES.has(programName(program)?.toLowerCase() ?? ''));
    this.#known = LEADS_ELSEWHERE.test(reading.text) ? undefined : [cwd];
    this.#inOrder = inOrder === changes.length;
    this.#isFolder = isFolder;
    // what comes behind the change in the text may run before it
    if (!this.#inOrder) for (const [program, ...args] of changes) this.change(args, program?.text ?? '');
  }

  get known(): readonly string[] | undefined {
    return this.#known;
  }

  forget(): void {
    this.#known = undefined;
  }

  make(args: readonly Field[]): void {
    for (const path of this.#resolved(args, this.#known)) if (!this.#isFolder(path)) this.#made.add(path);
  }

  init({ args, dirs = [] }: GitCall): void {
    this.make(args);
    for (const path of [...dirs, ...this.#resolved(args, dirs)]) if (this.#made.has(path)) this.#repositories.add(path);
  }

  withoutNew = (dirs: readonly string[] | undefined): readonly string[] | undefined =>
    dirs?.filter((dir) => ![...this.#repositories].some((path) => dir === path || dir.startsWith(`${path}${sep}`)));

  #resolved = (args: readonly Field[], dirs: readonly string[] = []): string[] =>
    args
      .filter((arg) => !arg.text.startsWith('-') && !isUnknown(arg))
      .flatMap(({ text }) => dirs.map((dir) => resolve(dir, inHome(text))));

  change(args: Field[], name: string): void {
    const target = args.find(({ text }) => !/^-[LPe@]+$|^--$/.test(text)) ?? plain(homedir());
    if (name === 'popd' || target.text === '-' || isUnknown(target)) return this.forget();
    const next = this.#known?.map((dir) => resolve(dir, inHome(target.text)));
    const isThere = (dir: string): boolean => this.#isFolder(dir) || this.#made.has(dir);
    if (this.#inOrder && next?.every(isThere)) this.#known = next;
    else this.#add(next);
  }

  #add(next: string[] | undefined): void {
    const all = new Set([...(this.#known ?? []), ...(next ?? [])]);
    this.#known = this.#known === undefined || all.size > MAX_DIRS ? undefined : [...all];
  }
}

/** Undefined where git has nothing to do, as with `git --version`. */
function gitCall(args: Field[], { known }: Dirs): GitCall | undefined {
  let dirs = known;
  const aliases = new Map<string, string>();
  let i = 0;
  for (; args[i]?.text.startsWith('-') === true || args[i]?.shape.startsWith(UNKNOWN) === true; i++) {
    const { text } = args[i] ?? plain('');
    const [name = '', attached] = text.startsWith('--') ? text.split(/=(.*)/s) : [text];
    if (!VALUED.has(name)) {
      // it may be an option, or the verb
      if (!text.startsWith('-')) break;
      if (name === '--bare') dirs = undefined;
      continue;
    }
    const value = attached === undefined ? args[++i] : plain(attached);
    if (value === undefined) return undefined;
    if (name === '-C') dirs = isUnknown(value) ? undefined : dirs?.map((dir) => resolve(dir, inHome(value.text)));
    else if (name === '-c' || name === '--config-env') addAlias(aliases, value, name === '-c');
    else if (LEADING.has(name)) dirs = undefined;
  }
  const verb = args[i];
  return verb === undefined ? undefined : { verb, args: args.slice(i + 1), dirs, aliases };
}

const LEADING = new Set(['--git-dir', '--work-tree', '--namespace']);
const VALUED = new Set(['-C', '-c', '--config-env', '--super-prefix', '--attr-source', '--list-cmds', ...LEADING]);

/** `alias.x=value`; what is not known may be any command. */
function addAlias(aliases: Map<string, string>, { text, shape }: Field, isValue: boolean): void {
  const [, name, value = ''] = /^alias\.([^=]+)=?(.*)$/is.exec(text) ?? [];
  if (name !== undefined) aliases.set(name.toLowerCase(), isValue && !shape.includes(UNKNOWN) ? value : '$unknown');
}
