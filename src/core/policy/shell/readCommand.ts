/**
 * What a shell command runs: every simple command in its text that ran or could run, through conditions, loops, functions,
 * substitutions, `eval`, `sh -c`, and programs that start another one. Text that is data is no command. Pure.
 */
import { forEachChild, parse } from 'unbash';
import type { Command, CommandArgument, Pipeline, Redirection, SyntaxNode } from 'unbash';
import { combinations, expandWord, UNKNOWN, Variables, type Field, type Output, type Scope } from './fields.ts';
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

/** Texts of a model, or of a log: what is more is not read. The parser takes a millisecond for 50 kB. */
const MAX_CHARS = 100_000;
const MAX_COMMANDS = 5_000;
/** Shells in shells, and launchers of launchers. */
const MAX_DEPTH = 16;
/** Brackets that are open at the same place. The parser reads a substitution that is not closed once for each level. */
const MAX_OPEN = 100;
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
  readonly #scope: Scope = {
    variables: new Variables(),
    outputOf: (part) => ('script' in part ? scriptOutput(part.script as never, this.#scope) : undefined),
  };

  read(text: string, depth: number): void {
    const reason = depth > MAX_DEPTH ? 'shells start shells too often' : unreadableReason(text);
    if (reason !== undefined) return this.#giveUp(reason);
    try {
      const script = parse(text);
      if (script.errors !== undefined && script.errors.length > 0) this.#giveUp('it is no valid shell command');
      this.#assign(script);
      this.#walk(script, undefined, depth);
    } catch (error) {
      this.#giveUp(`the parser failed: ${(error as Error).message}`);
    }
  }

  #giveUp(reason: string): void {
    this.unreadable ??= reason;
  }

  /** Collects the assignments of a text, wherever they are in it. */
  #assign(node: SyntaxNode): void {
    const { variables } = this.#scope;
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
    let inner = input;
    if (node.type === 'Command') this.#readSimple(node, input, depth);
    if (node.type === 'Redirected') {
      this.#redirect(node.redirects);
      inner = inputOf(node.redirects, this.#scope) ?? input;
    }
    forEachChild(node, (child) => this.#walk(child, node.type === 'Command' ? undefined : inner, depth));
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
    if (this.commands.length >= MAX_COMMANDS) return this.#giveUp('it has too many commands');
    this.commands.push(argv);
    for (const started of startedBy(argv, input)) {
      if (started === 'input') this.#readInput(input, depth);
      else if ('script' in started) this.read(started.script, depth + 1);
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

/** Why a text is not given to the parser. */
function unreadableReason(text: string): string | undefined {
  if (text.length > MAX_CHARS) return `it is longer than ${MAX_CHARS} characters`;
  if (text.includes(UNKNOWN)) return 'it has a null character';
  let open = 0;
  let hereDocs = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '(' || c === '{') open++;
    else if ((c === ')' || c === '}') && open > 0) open--;
    else if (c === '<' && text[i - 1] === '<') hereDocs++;
    if (open > MAX_OPEN || hereDocs > MAX_OPEN * 10) return 'it is nested too deeply';
  }
  return undefined;
}
