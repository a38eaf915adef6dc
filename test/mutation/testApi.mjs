// What unit tests import from 'vitest', for hotRunner.mjs: it keeps all of them in one process and runs any of them again, which
// takes milliseconds where a runner that starts anew takes a second. Fake timers and mocked modules are not here: files that
// use those are left out.
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect';
import { fn, restoreAllMocks, spyOn } from '@vitest/spy';

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);
chai.config.truncateThreshold = 0;

export const expect = Object.assign((value, message) => chai.expect(value, message), chai.expect);
Object.assign(expect, globalThis[ASYMMETRIC_MATCHERS_OBJECT]);
expect.soft = expect;
expect.extend = (matchers) => chai.expect.extend(expect, matchers);
expect.fail = (message) => chai.assert.fail(message);
globalThis[GLOBAL_EXPECT] = expect;
setState({ assertionCalls: 0, isExpectingAssertions: false, expectedAssertionsNumber: null, testPath: '' }, expect);

/** Tries again until the assertion holds. */
expect.poll = (read, { timeout = 1000, interval = 20 } = {}) =>
  new Proxy(
    {},
    {
      get:
        (_target, assertion) =>
        async (...args) => {
          const deadline = Date.now() + timeout;
          for (;;)
            try {
              return expect(await read())[assertion](...args);
            } catch (error) {
              if (Date.now() > deadline) throw error;
              await new Promise((resolve) => setTimeout(resolve, interval));
            }
        },
    },
  );

export const vi = { fn, spyOn, restoreAllMocks };

const newSuite = (name) => ({
  name,
  children: [],
  beforeAll: [],
  afterAll: [],
  beforeEach: [],
  afterEach: [],
});

/** The files with their tests, in the order in which they were read. */
export const files = [];
let current = newSuite('');

/** What is declared from now on belongs to this file. */
export function beginFile(name) {
  current = newSuite(name);
  files.push(current);
}

/** `%s` and the like, and `$name` of a field, in the name of a row. */
function rowName(name, row, index) {
  const values = [...row];
  const [first] = row;
  return name
    .replace(/%[sdifjoO#%]/g, (sign) => (sign === '%%' ? '%' : sign === '%#' ? String(index) : short(values.shift())))
    .replace(/\$([\w.]+)/g, (sign, path) => short(path.split('.').reduce((value, key) => value?.[key], first) ?? sign));
}
const short = (value) => (typeof value === 'string' ? value : JSON.stringify(value ?? null)).slice(0, 60);

function declaring(declare) {
  const call = (name, ...more) =>
    declare(
      String(name),
      more.find((each) => typeof each === 'function'),
      more.find((each) => typeof each !== 'function'),
    );
  const none = Object.assign(() => {}, { each: () => () => {} });
  call.each =
    (rows) =>
    (name, ...more) => {
      const run = more.find((each) => typeof each === 'function');
      const options = more.find((each) => typeof each !== 'function');
      rows.forEach((row, index) => {
        const args = Array.isArray(row) ? row : [row];
        declare(
          rowName(String(name), args, index),
          (context) => run(...args, ...(declare === declareTest ? [context] : [])),
          options,
        );
      });
    };
  call.skip = none;
  call.todo = none;
  call.skipIf = (condition) => (condition ? none : call);
  call.runIf = (condition) => (condition ? call : none);
  return call;
}

function declareTest(name, run, options) {
  const timeout = typeof options === 'number' ? options : (options?.timeout ?? 60_000);
  current.children.push({ name, run, timeout });
}

function declareSuite(name, declare) {
  const parent = current;
  current = newSuite(name);
  parent.children.push(current);
  try {
    declare();
  } finally {
    current = parent;
  }
}

export const test = declaring(declareTest);
export const it = declaring(declareTest);
export const describe = declaring(declareSuite);
export const beforeAll = (run) => void current.beforeAll.push(run);
export const afterAll = (run) => void current.afterAll.unshift(run);
export const beforeEach = (run) => void current.beforeEach.push(run);
export const afterEach = (run) => void current.afterEach.unshift(run);
