/**
 * What the exit code 0 of a shell text shows: whether certain commands surely ran in it, and ended with 0 themselves. Each way
 * through the text is followed with what it would show; where one of those that end with 0 shows less, nothing is shown. Pure.
 */
import type { AndOr, CommandNode, CompoundList, Pipeline, PipelineNode, Statement } from 'unbash';
import { isBroken, parseShell } from './parseShell.ts';
import { runSimple, type ShellFlow } from './simpleCommand.ts';
import { ShellState } from './shellState.ts';
import {
  BITS,
  common,
  distinct,
  either,
  marked,
  merged,
  pipelineEnd,
  stopAtFailure,
  type Way,
  type Ways,
} from './shellWays.ts';

/**
 * The bits that are shown on every way by which the text ends with 0, if it runs in `dir`. Undefined where the text cannot be
 * followed. `none`: it never ends with 0.
 */
export function shownBySuccess(text: string, dir: string, bitOf: ShellState['bitOf']): number | 'none' | undefined {
  const state = new ShellState(bitOf);
  const flow = new Flow(state);
  try {
    const start = { dir, shown: 0, last: true, errexit: false, isLenient: false, pipefail: false };
    const { ok } = flow.script(text, [start], 0);
    const ways = [...ok, ...state.exited];
    if (state.isHidden) return 0;
    return ways.length === 0 ? 'none' : common(ways) & BITS;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

class Flow implements ShellFlow {
  readonly state: ShellState;

  constructor(state: ShellState) {
    this.state = state;
  }

  script(text: string, ways: Way[], depth: number): Ways {
    const script = parseShell(text);
    if (typeof script === 'string' || isBroken(script)) throw new RangeError('it cannot be read');
    return this.#list(script.commands, ways, depth);
  }

  #list(statements: readonly Statement[], start: Way[], depth: number): Ways {
    let all: Ways = { ok: start, failed: [] };
    for (const { command, background } of statements) {
      const ways = distinct([...all.ok, ...all.failed]);
      const run = (each: Way[]): Ways => this.#node(command, each, depth);
      if (background !== true) all = run(ways);
      else {
        // the shell waits neither for its end nor for what it writes
        this.apart(ways, (way) => run([way]));
        all = { ok: ways.map((way) => ({ ...way, last: true, shown: 0 })), failed: [] };
      }
    }
    return all;
  }

  #body(body: CompoundList, ways: Way[], depth: number): Ways {
    return this.#list(body.commands, ways, depth);
  }

  #node(node: PipelineNode | AndOr | CompoundList, ways: Way[], depth: number): Ways {
    this.state.spend(1 + ways.length, depth);
    if (ways.length === 0) return { ok: [], failed: [] };
    const { ok, failed } = this.#anyNode(node, ways, depth);
    // also of what ran nothing, as an `if` without `else` whose clause failed: `$?` is 0 behind it
    return { ok: marked(ok, true), failed: marked(failed, false) };
  }

  #anyNode(node: PipelineNode | AndOr | CompoundList, ways: Way[], depth: number): Ways {
    switch (node.type) {
      case 'AndOr':
        return this.#andOr(node, ways, depth);
      case 'Pipeline':
        return this.#pipeline(node, ways, depth);
      case 'Command':
        return runSimple(this, node, ways, depth);
      case 'CompoundList':
        return this.#body(node, ways, depth);
      case 'BraceGroup':
        return this.#body(node.body, ways, depth);
      case 'Redirected': {
        const result = this.#node(node.command, ways, depth);
        return { ok: result.ok, failed: [...result.failed, ...stopAtFailure(ways)] };
      }
      case 'Subshell':
        return this.apart(ways, (way) => this.#body(node.body, [way], depth + 1));
      case 'If': {
        const branches = [node, ...node.elif];
        let rest = ways;
        const ok: Way[] = [];
        const failed: Way[] = [];
        for (const { clause, then } of branches) {
          const tested = this.#lenient(rest, (each) => this.#body(clause, each, depth));
          const done = this.#body(then, tested.ok, depth);
          ok.push(...done.ok);
          failed.push(...done.failed);
          rest = tested.failed;
        }
        const last = node.else === undefined ? { ok: rest, failed: [] } : this.#body(node.else, rest, depth);
        return { ok: distinct([...ok, ...last.ok]), failed: distinct([...failed, ...last.failed]) };
      }
      case 'Function':
        this.state.functions.set(node.name.value, [...(this.state.functions.get(node.name.value) ?? []), node.body]);
        if (this.state.trapped.has(node.name.value)) this.state.isHidden = true;
        return { ok: ways, failed: [] };
      case 'While':
        return this.#loop(ways, [node.clause, node.body], depth);
      case 'For':
      case 'Select':
      case 'ArithmeticFor':
        return this.#loop(ways, [node.body], depth);
      case 'Case':
        return this.#anyTimes(
          ways,
          node.items.map(({ body }) => body),
          depth,
        );
      case 'TestCommand':
      case 'ArithmeticCommand':
        return either(ways);
      case 'Coproc':
        return { ok: ways, failed: [] };
    }
  }

  #loop(ways: Way[], bodies: CompoundList[], depth: number): Ways {
    const outer = this.state.left;
    this.state.left = [];
    const { ok, failed } = this.#anyTimes(ways, bodies, depth);
    const isLenient = ways[0]?.isLenient === true;
    const left = either(this.state.left.map((way) => ({ ...way, isLenient })));
    this.state.left = outer;
    return merged([{ ok, failed }, left]);
  }

  /** Calls a function of the text. */
  call(body: CommandNode | CompoundList, way: Way, depth: number): Ways {
    const outer = [this.state.left, this.state.returned] as const;
    this.state.left = undefined;
    const returned: Ways = { ok: [], failed: [] };
    this.state.returned = returned;
    const end = this.#node(body, [way], depth);
    [this.state.left, this.state.returned] = outer;
    const { isLenient } = way;
    const back = (each: Way): Way => ({ ...each, isLenient });
    return merged([end, { ok: returned.ok.map(back), failed: stopAtFailure(returned.failed.map(back)) }]);
  }

  /** What may run any number of times, or not at all. */
  #anyTimes(ways: Way[], bodies: CompoundList[], depth: number): Ways {
    const after = bodies.flatMap((body) => {
      const { ok, failed } = this.#lenient(ways, (each) => this.#body(body, each, depth));
      return [...ok, ...failed];
    });
    const dirs = new Set(ways.map(({ dir }) => dir));
    const out = after.map((way) => (dirs.has(way.dir) ? way : { ...way, dir: undefined }));
    return either(distinct([...ways, ...out]));
  }

  #andOr({ commands, operators }: AndOr, ways: Way[], depth: number): Ways {
    let all: Ways = { ok: ways, failed: [] };
    commands.forEach((command, i) => {
      const operator = operators[i - 1];
      const from = operator === '||' ? all.failed : all.ok;
      const run = (each: Way[]): Ways => this.#node(command, each, depth);
      // the shell goes on where another one than the last of them fails
      const next = i < commands.length - 1 ? this.#lenient(from, run) : run(from);
      all =
        operator === '||'
          ? { ok: distinct([...all.ok, ...next.ok]), failed: next.failed }
          : { ok: next.ok, failed: distinct([...(i === 0 ? [] : all.failed), ...next.failed]) };
    });
    return all;
  }

  /** Runs something whose failure does not end the shell, also where `set -e` is on. */
  #lenient(ways: Way[], run: (ways: Way[]) => Ways): Ways {
    const isLenient = ways[0]?.isLenient === true;
    const { ok, failed } = run(ways.map((way) => ({ ...way, isLenient: true })));
    const back = (each: Way[]): Way[] => distinct(each.map((way) => ({ ...way, isLenient })));
    return { ok: back(ok), failed: back(failed) };
  }

  #pipeline({ commands, prefixes }: Pipeline, ways: Way[], depth: number): Ways {
    const [only] = commands;
    const run = (each: Way[]): Ways =>
      commands.length === 1 && only !== undefined
        ? this.#node(only, each, depth)
        : this.apart(each, (way) => this.#piped(commands, way, depth));
    const isNegated = prefixes.filter(({ type }) => type === 'Negation').length % 2 === 1;
    if (!isNegated) return run(ways);
    const { ok, failed } = this.#lenient(ways, run);
    return { ok: marked(failed, true), failed: marked(ok, false) };
  }

  /** All of them run at once, and none is changed by what another one writes. */
  #piped(commands: readonly PipelineNode[], way: Way, depth: number): Ways {
    const ends = commands.map((command) =>
      this.apart([{ ...way, errexit: false }], (each) => this.#node(command, [each], depth + 1)),
    );
    return pipelineEnd(way, ends);
  }

  /** Runs something in a shell of its own: what it changes of the shell is over with it. */
  apart(ways: Way[], run: (way: Way) => Ways): Ways {
    const ok: Way[] = [];
    const failed: Way[] = [];
    const outer = [this.state.exited, this.state.left, this.state.returned] as const;
    [this.state.left, this.state.returned] = [undefined, undefined];
    for (const way of ways) {
      this.state.exited = [];
      const inner = run(way);
      const back = ({ shown, last, first }: Way): Way => ({ ...way, shown, last, first });
      ok.push(...[...inner.ok, ...this.state.exited].map((each) => ({ ...back(each), last: true })));
      failed.push(...inner.failed.map(back));
      if (inner.failed.length === 0) failed.push({ ...way, last: false });
    }
    [this.state.exited, this.state.left, this.state.returned] = outer;
    return { ok: distinct(ok), failed: stopAtFailure(distinct(failed)) };
  }
}
