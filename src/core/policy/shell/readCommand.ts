/**
 * What a shell command runs: every simple command in its text that ran or could run, through conditions, loops, functions,
 * substitutions, `eval`, `sh -c`, and programs that start another one. Text that is data is no command. Pure.
 */
import { forEachChild } from 'unbash';
import type {
  Command,
  CommandArgument,
  CommandExpansionPart,
  Pipeline,
  ProcessSubstitutionPart,
  Redirection,
  SyntaxNode,
} from 'unbash';
import type { Field, Output } from './field.ts';
import { combinations, expandWord, Variables, type Scope } from './fields.ts';
import { isBroken, parseShell } from './parseShell.ts';
import { startedBy } from './startedBy.ts';
import { commandInput, commandOutput, scriptOutput } from './output.ts';

/** A command text as it was read. */
export interface CommandReading {
  text: string;
  /** The simple commands that ran or could run. */
  commands: Field[][];
  /** The files that redirections write. */
  redirects: Field[];
  /** Why not all of it could be read. */
  unreadable?: string;
}

/** Shells in shells, and launchers of launchers. */
const MAX_DEPTH = 16;
/** Substitutions in what substitutions print. */
const MAX_OUTPUT_DEPTH = 3;
/** Nodes, words and commands that are looked at, and texts that are parsed: it is over after some hundredths of a second. */
const MAX_STEPS = 30_000;
/** The parser takes less time for a character than a step takes. */
const CHARS_PER_STEP = 10;
/** A command is looked at again for each pattern. */
const STEPS_OF_COMMAND = 5;
const TOO_MUCH = 'it has too much in it';
/** Fields of one command, where variables have several values. */
const MAX_ALTERNATIVES = 32;

/** Reads a command text. Never throws; `unreadable` has the reason where something is left. */
export function readCommand(text: string): CommandReading {
  const reader = new Reader();
  reader.read(text, 0);
  const { commands, redirects, unreadable } = reader;
  return { text, commands, redirects, ...(unreadable === undefined ? {} : { unreadable }) };
}

class Reader {
  readonly commands: Field[][] = [];
  readonly redirects: Field[] = [];
  unreadable: string | undefined;
  #steps = 0;
  readonly #scope: Scope = {
    variables: new Variables(),
    spend: (steps) => this.#spend(steps),
    outputOf: (part) => this.#outputOf(part),
  };
  #outputDepth = 0;
  readonly #open = new Set<string>();

  read(text: string, depth: number, positional = this.#scope.positional): void {
    if (depth > MAX_DEPTH) return this.#giveUp('shells start shells too often');
    // a text that runs itself has been read
    if (this.#open.has(text)) return;
    const script = this.#steps > MAX_STEPS ? TOO_MUCH : parseShell(text);
    this.#steps += text.length / CHARS_PER_STEP;
    if (typeof script === 'string') return this.#giveUp(script);
    if (isBroken(script)) this.#giveUp('it is no valid shell command');
    const outer = this.#scope.positional;
    this.#scope.positional = positional;
    this.#open.add(text);
    try {
      this.#assign(script);
      this.#walk(script, undefined, depth);
    } catch (error) {
      // the parser reads parts of words only when they are looked at, and throws there if they are nested too deeply
      this.#giveUp(error instanceof RangeError ? 'it is nested too deeply' : TOO_MUCH);
    } finally {
      this.#scope.positional = outer;
      this.#open.delete(text);
    }
  }

  /** A variable may be what a command prints that has the variable in it. */
  #outputOf({ script }: CommandExpansionPart | ProcessSubstitutionPart): Output | undefined {
    if (this.#outputDepth >= MAX_OUTPUT_DEPTH) return undefined;
    this.#outputDepth++;
    try {
      return scriptOutput(script, this.#scope);
    } finally {
      this.#outputDepth--;
    }
  }

  #spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > MAX_STEPS) throw new Error(TOO_MUCH);
  }

  #giveUp(reason: string): void {
    this.unreadable ??= reason;
  }

  /** Collects the assignments of a text, wherever they are in it. */
  #assign(node: SyntaxNode): void {
    const { variables } = this.#scope;
    this.#spend(1);
    if (node.type === 'Assignment')
      variables.assign(node.name, node.append || node.index !== undefined ? undefined : node.value);
    if (node.type === 'For' || node.type === 'Select')
      for (const word of node.wordlist ?? [undefined]) variables.assign(node.name.value, word);
    if (node.type === 'Command' && /^(read|mapfile|readarray|getopts|printf)$/.test(node.name?.value ?? ''))
      for (const { text } of node.args) variables.assign(text, undefined);
    forEachChild(node, (child) => this.#assign(child));
  }

  #walk(node: SyntaxNode, input: Output | undefined, depth: number): void {
    if (node.type === 'Pipeline') return this.#readPipeline(node, input, depth);
    const { positional } = this.#scope;
    this.#spend(1);
    let inner = input;
    if (node.type === 'Command') {
      this.#readSimple(node, input, depth);
      inner = undefined;
    } else if (node.type === 'Redirected') {
      this.#redirect(node.redirects);
      inner = inputOf(node.redirects, this.#scope) ?? input;
    } else if (node.type === 'Function') this.#scope.positional = undefined;
    forEachChild(node, (child) => this.#walk(child, inner, depth));
    if (node.type === 'Function') this.#scope.positional = positional;
  }

  #readPipeline({ commands }: Pipeline, input: Output | undefined, depth: number): void {
    let piped = input;
    for (const command of commands) {
      this.#walk(command, piped, depth);
      piped = commandOutput(command, this.#scope);
    }
  }

  #readSimple(node: Command, input: Output | undefined, depth: number): void {
    this.#redirect(node.redirects);
    if (node.name === undefined) return;
    if (/^(set|shift)$/.test(node.name.value)) this.#scope.positional = undefined;
    const words = [node.name, ...node.args].map((word) => this.#expand(word));
    const alternatives = combinations(words, MAX_ALTERNATIVES);
    if (alternatives.length === 0) alternatives.push(words.map((fields) => fields[0] ?? []));
    for (const fields of alternatives) this.#run(fields.flat(), inputOf(node.redirects, this.#scope) ?? input, depth);
  }

  #expand(word: CommandArgument): Field[][] {
    return word.type === 'Word' ? expandWord(word, this.#scope) : [[{ text: word.text, shape: word.text }]];
  }

  #redirect(redirects: readonly Redirection[]): void {
    for (const redirect of redirects) {
      if (redirect.type !== 'Redirect' || redirect.target === undefined || redirect.operator === '<') continue;
      const fields = expandWord(redirect.target, this.#scope).flat();
      // `>&2` and `<&3` name a stream, not a file
      const isStream =
        redirect.operator.endsWith('&') && (redirect.operator === '<&' || /^(\d+-?|-)$/.test(fields[0]?.text ?? ''));
      if (!isStream) this.redirects.push(...fields);
    }
  }

  /** Records a command, and what it starts. */
  #run(argv: Field[], input: Output | undefined, depth: number): void {
    if (argv.length === 0) return;
    if (depth > MAX_DEPTH) return this.#giveUp('programs start programs too often');
    this.#spend(STEPS_OF_COMMAND);
    this.commands.push(argv);
    for (const started of startedBy(argv, input)) {
      if (started === 'input') this.#readInput(input, depth);
      else if ('script' in started) this.read(started.script, depth + 1, started.positional);
      else this.#run(started.argv, input, depth + 1);
    }
  }

  #readInput(input: Output | undefined, depth: number): void {
    if (input === undefined) return;
    if (input.text === undefined) this.#giveUp('a shell reads a text that is not known');
    else this.read(input.text, depth + 1);
  }
}

/** What redirections give to a command; undefined if they do not touch its input. */
function inputOf(redirects: readonly Redirection[], scope: Scope): Output | undefined {
  const last = redirects.findLast(({ type, operator }) => type !== 'Redirect' || operator === '<');
  if (last === undefined) return undefined;
  return last.type === 'Redirect' ? { text: undefined } : commandInput({ redirects: [last] }, scope);
}
