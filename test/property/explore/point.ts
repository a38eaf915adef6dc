import { Log } from './log.ts';
import type { Mark, Op, Program } from './program.ts';

/** A result as text: two actors with equal results are at the same point. */
function resultKey(result: unknown): string {
  return (
    JSON.stringify(result, (_key, value: unknown) => (value instanceof Log ? `log ${value.id}` : value)) ?? 'nothing'
  );
}

/** The points of one program's tree that are identified by their future instead of their past. */
interface Tree {
  count: number;
  known: Map<string, Point>;
}

/**
 * The state of a program, as a value. A generator cannot be copied, but it is deterministic: the results of its steps so
 * far are its state, and a new generator that gets the same results reaches it again. Points form a tree, so that each
 * distinct past is replayed only once. A program that yields `become`, has ended or has crashed forgets its past except
 * its marks, which leaves far fewer points.
 */
export class Point {
  readonly id: number;
  /** The next step; undefined at the end. */
  readonly pending: Op | undefined;
  readonly marks: readonly Mark[];
  readonly #tree: Tree;
  readonly #program: Program;
  readonly #past: readonly unknown[];
  /** The marks of the forgotten past. */
  readonly #carried: readonly Mark[];
  readonly #next = new Map<string, Point>();

  private constructor(
    tree: Tree,
    program: Program,
    past: readonly unknown[],
    carried: readonly Mark[],
    marks: readonly Mark[],
    pending: Op | undefined,
  ) {
    this.id = tree.count++;
    this.#tree = tree;
    this.#program = program;
    this.#past = past;
    this.#carried = carried;
    this.marks = marks;
    this.pending = pending;
  }

  static start(program: Program): Point {
    return Point.#reach({ count: 0, known: new Map() }, program, [], []);
  }

  static #reach(tree: Tree, program: Program, past: readonly unknown[], carried: readonly Mark[]): Point {
    const marks = [...carried];
    const run = program();
    const pastResults = past.values();
    for (let step = run.next(); ;) {
      if (step.done === true) return Point.#known(tree, 'the end', marks);
      const { value } = step;
      if ('mark' in value) {
        marks.push(value);
        step = run.next();
      } else if ('become' in value) {
        return Point.#known(tree, value.become, marks, value.program);
      } else {
        const result = pastResults.next();
        if (result.done === true) return new Point(tree, program, past, carried, marks, value);
        step = run.next(result.value);
      }
    }
  }

  static #known(tree: Tree, name: string, marks: readonly Mark[], program?: Program): Point {
    const key = `${name} ${resultKey(marks)}`;
    let point = tree.known.get(key);
    if (point === undefined) {
      point =
        program === undefined
          ? new Point(tree, function* () {}, [], marks, marks, undefined)
          : Point.#reach(tree, program, [], marks);
      tree.known.set(key, point);
    }
    return point;
  }

  after(result: unknown): Point {
    const key = resultKey(result);
    let next = this.#next.get(key);
    if (next === undefined) {
      next = Point.#reach(this.#tree, this.#program, [...this.#past, result], this.#carried);
      this.#next.set(key, next);
    }
    return next;
  }

  /** The point after a crash here: only the marks are left. */
  stopped(): Point {
    return Point.#known(this.#tree, 'the end', this.marks);
  }

  /** The data of the last mark of that name. */
  marked(name: string): unknown {
    return this.marks.findLast((m) => m.mark === name)?.data;
  }

  /** The same for a mark whose data is a list; empty without one. */
  listed(name: string): readonly string[] {
    const data = this.marked(name);
    return Array.isArray(data) ? (data as string[]) : [];
  }

  has(name: string): boolean {
    return this.marks.some((m) => m.mark === name);
  }
}
