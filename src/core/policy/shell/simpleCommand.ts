/** What one simple command does to the ways through a shell text: programs, and what the shell has built in. */
import type { Command, CommandNode, CompoundList, Redirection } from 'unbash';
import { UNKNOWN, type Field } from './field.ts';
import { expandWord, Variables, type Scope } from './fields.ts';
import { mayWrite } from './mayWrite.ts';
import { passedOn, type PassedOn } from './passedOn.ts';
import type { ShellState } from './shellState.ts';
import {
  either,
  folder,
  merged,
  outcome,
  plain,
  SHIFT,
  stopAtFailure,
  textOf,
  withOptions,
  type Way,
  type Ways,
} from './shellWays.ts';
import { programName } from './startedBy.ts';

/** The text around a command, which is followed through what the command starts. */
export interface ShellFlow {
  readonly state: ShellState;
  /** Follows a text. */
  script(text: string, ways: Way[], depth: number): Ways;
  /** Calls a function of the text. */
  call(body: CommandNode | CompoundList, way: Way, depth: number): Ways;
  /** Runs something in a shell of its own. */
  apart(ways: Way[], run: (way: Way) => Ways): Ways;
}

/** Exit codes that are surely not 0: 256 is 0 again. */
const FAILS = /^[1-9]\d?$|^1\d\d$/;
const AT_ITS_END = /^(0|(SIG)?(EXIT|ERR|DEBUG|RETURN)|.*[$`].*)$/i;
const ENDS = new Set(['exit', 'return', 'exec', 'eval', 'source', '.', 'break', 'continue']);
const SCOPE: Scope = { variables: new Variables(), spend: () => undefined, outputOf: () => undefined };

/** The ways behind one simple command. */
export function runSimple(flow: ShellFlow, node: Command, ways: Way[], depth: number): Ways {
  if (node.name === undefined) return either(ways);
  const words = [node.name, ...node.args].map((word): Field[] => {
    if (word.type !== 'Word') return [{ text: word.text, shape: word.text }];
    const [fields, more] = expandWord(word, SCOPE);
    return more === undefined && fields !== undefined ? fields : [{ text: word.text, shape: UNKNOWN }];
  });
  const argv = words.flat();
  const writes = node.redirects.some(isFile);
  return merged(ways.map((way) => run(flow, argv, way, writes, depth)));
}

function run(flow: ShellFlow, argv: Field[], way: Way, writes: boolean, depth: number): Ways {
  flow.state.spend(1, depth);
  const [program, ...args] = argv;
  const name = programName(program);
  const bodies = name === undefined || program?.text !== name ? undefined : flow.state.functions.get(name);
  // a function of the text takes the place of the program
  const bit = bodies === undefined ? flow.state.bitOf(argv, way.dir) : undefined;
  // a command that is looked for changes nothing that another one has shown
  if (bit !== undefined) return outcome({ ...way, shown: way.shown | bit }, { ...way, shown: way.shown & ~bit });
  if (bodies !== undefined) {
    // which of its definitions was reached is not known, nor whether one was
    const called = bodies.map((body) => flow.call(body, way, depth + 1));
    return merged([...called, { ok: [], failed: stopAtFailure([way]) }]);
  }
  const first = args[0]?.text;
  switch (name ?? '') {
    case 'cd':
    case 'pushd':
      return outcome({ ...way, dir: folder(args, way.dir) }, way);
    case 'popd':
      return outcome({ ...way, dir: undefined }, way);
    case 'exit':
      return exit(flow, args, way);
    case 'return':
      return returnFrom(flow, args, way);
    case 'break':
    case 'continue':
      if (flow.state.left === undefined || first !== undefined) flow.state.isHidden = true;
      flow.state.left?.push(way);
      return { ok: [], failed: [] };
    case 'true':
    case ':':
      return { ok: [{ ...way, last: true }], failed: [] };
    case 'false':
      return { ok: [], failed: stopAtFailure([way]) };
    case 'set':
      return { ok: [{ ...plain(withOptions(way, args.map(textOf))), last: true }], failed: [] };
    case 'trap':
      trap(flow, args);
      return either([way]);
    case 'eval':
      return flow.script(args.map(textOf).join(' '), [way], depth + 1);
    case 'exec': {
      if (first === undefined) return either([way]);
      const { ok } = run(flow, args, way, writes, depth + 1);
      flow.state.exited.push(...ok);
      return { ok: [], failed: [] };
    }
  }
  const started = passedOn(argv);
  if (started !== undefined) return launch(flow, started, args, way, writes, depth);
  const after = writes || mayWrite(argv) ? { ...way, shown: 0 } : way;
  return outcome(after, after);
}

function launch(flow: ShellFlow, started: PassedOn, args: Field[], way: Way, writes: boolean, depth: number): Ways {
  if ('argv' in started) return run(flow, started.argv, way, writes, depth + 1);
  const at = args.findIndex(({ text }) => text === started.script);
  const options = args.slice(0, Math.max(at, 0)).map(textOf);
  const fresh = { ...way, errexit: false, isLenient: false, pipefail: false };
  return flow.apart([way], () => flow.script(started.script, [withOptions(fresh, options)], depth + 1));
}

function returnFrom(flow: ShellFlow, [code]: Field[], way: Way): Ways {
  const text = code?.text ?? '$?';
  if (flow.state.returned === undefined) flow.state.isHidden = true;
  const isOk = text === '$?' ? way.last : text === '0' || !FAILS.test(text);
  const isFailed = text === '$?' ? !way.last : text !== '0';
  if (isOk) flow.state.returned?.ok.push({ ...way, last: true });
  if (isFailed) flow.state.returned?.failed.push({ ...way, last: false });
  return { ok: [], failed: [] };
}

/** A trap for a signal ends the text only where that is sent; one for its end, or for each command, may change its exit code. */
function trap(flow: ShellFlow, [handler, ...signals]: Field[]): void {
  const text = handler?.text ?? '';
  if (text === '-' || !signals.some(({ text: signal }) => AT_ITS_END.test(signal))) return;
  for (const [word] of text.matchAll(/[\w./-]+/g)) {
    flow.state.trapped.add(word);
    if (ENDS.has(word) || flow.state.functions.has(word)) flow.state.isHidden = true;
  }
}

function exit(flow: ShellFlow, [code]: Field[], way: Way): Ways {
  const text = code?.text ?? '$?';
  if (text === '$?') {
    if (way.last) flow.state.exited.push(way);
  } else if (text === '${PIPESTATUS[0]}' || text === '$PIPESTATUS') {
    if (way.first !== false)
      flow.state.exited.push({ ...way, shown: way.shown | (way.first === true ? way.shown >> SHIFT : 0) });
  } else if (text === '0') flow.state.exited.push(way);
  else if (!FAILS.test(text)) flow.state.exited.push({ ...way, shown: 0 });
  return { ok: [], failed: [] };
}

/** Whether a redirection writes a file. */
function isFile(redirect: Redirection): boolean {
  if (redirect.type !== 'Redirect' || !redirect.operator.includes('>')) return false;
  const target = redirect.target?.value ?? '';
  return !target.startsWith('/dev/') && !/^(\d+-?|-)$/.test(redirect.operator.endsWith('&') ? target : '');
}
