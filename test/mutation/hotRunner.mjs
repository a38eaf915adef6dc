// A test runner of StrykerJS: bundles the unit tests with the mutated sources, keeps them in one process, and runs for each mutant only
// the tests that reach it. Its own runner for vitest starts anew for each mutant, which takes about a second.
import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { DryRunStatus, MutantRunStatus, TestStatus } from '@stryker-mutator/api/test-runner';
import { appendFileSync, existsSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Tests of time bounds: what is counted at each step takes them ten times as long. */
const SLOW = /\bmegabytes?\b|[1-9]\d*,000|over and over|time is bounded|backtrack/i;

const here = dirname(fileURLToPath(import.meta.url));
const NAMESPACE = '__stryker__';
/** A test that takes longer, in time of the processor, is run for no mutant; nor are those of a file that come after the second. */
const MAX_FILE_MS = 15_000;
const MIN_LIMIT_MS = 4000;
/** A test that takes longer than this runs after all that do not: most mutants are noticed before. */
const QUICK_MS = 60;
/** Where the time of each test goes, for whoever looks why a run is slow. */
const DEBUG = process.env['FERMATA_MUTATION_DEBUG'];
const MAX_TEST_MS = Number(process.env['FERMATA_MUTATION_TEST_MS'] ?? 1500);

export const strykerValidationSchema = { type: 'object', properties: { hot: { type: 'object' } } };

class HotRunner {
  #root;
  #tests;
  #mutated;
  #bundle;
  #generation = 0;
  /** The files with their tests, of the present generation. */
  #files = [];
  /** What an earlier run has found, by the place of the mutant. */
  #known = new Map();
  /** Milliseconds of the processor for each test in the dry run. */
  #ms = new Map();
  /** The same by the clock. */
  #wallMs = new Map();
  /** The tests that have noticed a mutant last, the last first: they are likely to notice the next one, which is beside it. */
  #lately = [];
  /** Tests that fail by themselves where they are run without others. */
  #unreliable = new Set();

  constructor(options) {
    this.#root = options.hot.root;
    this.#tests = options.hot.tests;
    const files = options.mutate.map((pattern) => pattern.replace(/:.*$/, ''));
    this.#mutated = [...new Set(files)].filter((pattern) => !pattern.startsWith('!'));
    this.ns = globalThis[NAMESPACE] ??= {};
    for (const [file, results] of Object.entries(options.hot.known ?? {}))
      for (const result of results) {
        const status = MutantRunStatus[result.status];
        if (status !== undefined) this.#known.set(placeOf(result, file, 1), status);
      }
    process.on('uncaughtException', (error) => (this.stray = error));
    process.on('unhandledRejection', (error) => (this.stray = error));
  }

  #fileOf({ activeMutant }) {
    return relative(this.#root, activeMutant.fileName).replaceAll(sep, '/');
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    const packages = join(process.cwd(), 'node_modules');
    if (!existsSync(packages)) symlinkSync(realpathSync(join(this.#root, 'node_modules')), packages);
    this.#bundle = join(process.cwd(), 'hot-bundle.mjs');
    if (!existsSync(this.#bundle)) await this.#build();
    await this.#load();
  }

  async #build() {
    const root = process.cwd();
    const { build } = createRequire(join(root, 'package.json'))('esbuild');
    const entry = [
      `import { beginFile, files } from 'vitest';`,
      // what is mutated is there before the first test, so that what it does then is known for what it is
      `export { files };`,
      `export const load = async () => {`,
      ...this.#mutated.map((file) => `  await import(${JSON.stringify(`./${file}`)});`),
      ...this.#tests.map(
        (file) => `  beginFile(${JSON.stringify(file)}); await import(${JSON.stringify(`./${file}`)});`,
      ),
      `};`,
    ].join('\n');
    await build({
      stdin: { contents: entry, resolveDir: root, sourcefile: 'hot-entry.mjs', loader: 'js' },
      outfile: this.#bundle,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      packages: 'external',
      logLevel: 'error',
      alias: { vscode: join(root, 'test/lib/vscode.ts') },
      plugins: [
        {
          name: 'hot',
          setup({ onResolve, onLoad }) {
            onResolve({ filter: /^vitest$/ }, () => ({ path: join(here, 'testApi.mjs') }));
            onResolve({ filter: /^jsonc-parser$/ }, () => ({
              path: join(root, 'node_modules/jsonc-parser/lib/esm/main.js'),
            }));
            onLoad({ filter: /\.[mc]?[jt]sx?$/ }, ({ path }) => {
              if (path.includes('node_modules')) return undefined;
              const text = readFileSync(path, 'utf8');
              if (!text.includes('import.meta.')) return undefined;
              const url = JSON.stringify(pathToFileURL(path).href);
              return {
                contents: text
                  .replaceAll('import.meta.url', url)
                  .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
                  .replaceAll('import.meta.filename', JSON.stringify(path)),
                loader: path.endsWith('.tsx') ? 'tsx' : path.endsWith('ts') ? 'ts' : 'js',
              };
            });
          },
        },
      ],
    });
  }

  /** Evaluates all modules anew. */
  async #load() {
    const { files, load } = await import(`${pathToFileURL(this.#bundle).href}?${++this.#generation}`);
    await load();
    for (const file of files) {
      let count = 0;
      const number = (suite) => {
        for (const child of suite.children) {
          if (child.children !== undefined) number(child);
          else Object.assign(child, { id: `${file.name}#${count++} ${child.name}`, file: file.name });
        }
      };
      number(file);
    }
    this.#files = files;
  }

  async dryRun() {
    const { ns } = this;
    ns.activeMutant = undefined;
    const results = await this.#run(undefined, { bail: false, coverage: true });
    for (const { test, ms, cpuMs } of results) {
      this.#ms.set(test.id, cpuMs);
      this.#wallMs.set(test.id, ms);
    }
    const tests = results
      // a test that does not pass here is no test of a mutant
      .filter(({ error, cpuMs }) => error === undefined && cpuMs <= MAX_TEST_MS)
      .map(({ test, ms }) => ({ id: test.id, name: test.id, status: TestStatus.Success, timeSpentMs: ms }));
    const failed = results.filter(({ error }) => error !== undefined);
    if (failed.length > results.length / 10)
      return {
        status: DryRunStatus.Error,
        errorMessage: `${failed.length} tests failed, such as ${failed[0].test.id}: ${failed[0].error.stack}`,
      };
    const known = new Set(tests.map(({ id }) => id));
    const { static: atLoad = {}, perTest = {} } = ns.mutantCoverage ?? {};
    return {
      status: DryRunStatus.Complete,
      tests,
      mutantCoverage: {
        static: atLoad,
        perTest: Object.fromEntries(Object.entries(perTest).filter(([id]) => known.has(id))),
      },
    };
  }

  async mutantRun(options) {
    const status = this.#known.get(placeOf(options.activeMutant, this.#fileOf(options)));
    if (status !== undefined) return { status, killedBy: [], nrOfTests: 0, reason: 'of an earlier run' };
    const started = process.cpuUsage();
    const result = await this.#tryOne(options);
    const { user, system } = process.cpuUsage(started);
    const [killer] = result.killedBy ?? [];
    if (killer !== undefined) this.#lately = [...new Set([killer, ...this.#lately])].slice(0, 8);
    if (DEBUG) appendFileSync(DEBUG, `${Math.round((user + system) / 1000)}\t${result.status}\t${killer ?? ''}\n`);
    return result;
  }

  async #tryOne({ activeMutant, testFilter, hitLimit, mutantActivation }) {
    const { ns } = this;
    ns.hitLimit = hitLimit;
    const wanted = testFilter === undefined ? undefined : new Set(testFilter);
    if (mutantActivation === 'static') {
      const result = await this.#inNewEnvironment(activeMutant.id, wanted);
      await this.#load();
      return result;
    }
    let result = await this.#tryMutant(activeMutant.id, wanted);
    if (result.failed === undefined && result.hits === 0) {
      // what was made once, before it was mutated
      const anew = await this.#inNewEnvironment(activeMutant.id, wanted);
      await this.#load();
      return anew;
    }
    for (let tries = 0; result.failed !== undefined && tries < 5; tries++) {
      if (result.limit) break;
      const { test } = result.failed;
      if ((await this.#failure(new Set([test.id]))) === undefined) break;
      const sameFile = new Set([...(wanted ?? this.#ms.keys())].filter((id) => id.startsWith(`${test.file}#`)));
      if ((await this.#failure(sameFile)) === undefined) break;
      // not the mutant: what an earlier one has left, or a test that needs others before it
      await this.#load();
      const alone = await this.#failure(sameFile);
      if (alone !== undefined) this.#unreliable.add(alone.test.id);
      result = await this.#tryMutant(activeMutant.id, wanted);
    }
    return this.#verdict(result);
  }

  #verdict({ failed, count, limit }) {
    if (limit) return { status: MutantRunStatus.Timeout, reason: 'hit limit' };
    if (failed === undefined) return { status: MutantRunStatus.Survived, nrOfTests: count };
    return {
      status: MutantRunStatus.Killed,
      killedBy: [failed.test.id],
      failureMessage: String(failed.error?.message ?? failed.error).slice(0, 500),
      nrOfTests: count,
    };
  }

  async #tryMutant(id, wanted) {
    const { ns } = this;
    ns.hitCount = 0;
    ns.activeMutant = id;
    try {
      const results = await this.#run(wanted, { bail: true });
      const failed = results.find(({ error }) => error !== undefined);
      return {
        failed,
        count: results.length,
        hits: ns.hitCount,
        limit: ns.hitLimit !== undefined && ns.hitCount > ns.hitLimit,
      };
    } finally {
      ns.activeMutant = undefined;
    }
  }

  async #inNewEnvironment(id, wanted) {
    const { ns } = this;
    if (!existsSync(this.#bundle)) throw new Error(`${this.#bundle} was removed`);
    ns.hitCount = 0;
    ns.activeMutant = id;
    try {
      await this.#load();
    } catch (error) {
      ns.activeMutant = undefined;
      await this.#load();
      return this.#verdict({ failed: { test: { id: 'load' }, error }, count: 0 });
    }
    return this.#verdict(await this.#tryMutant(id, wanted));
  }

  /** A test of these that fails without a mutant. */
  async #failure(wanted) {
    return (await this.#run(wanted, { bail: true })).find(({ error }) => error !== undefined);
  }

  /** Runs tests: those that have noticed others lately, then the quick ones, whatever their file. */
  async #run(wanted, { bail, coverage = false }) {
    if (coverage) return this.#runSome(wanted, { bail, coverage });
    const left = new Set(wanted ?? this.#ms.keys());
    const isQuick = (id) => (this.#ms.get(id) ?? 0) <= QUICK_MS;
    const results = [];
    for (const isNext of [(id) => isQuick(id) && this.#lately.includes(id), isQuick, () => true]) {
      const next = new Set([...left].filter(isNext));
      for (const id of next) left.delete(id);
      if (next.size > 0) results.push(...(await this.#runSome(next, { bail, coverage })));
      if (bail && results.some(({ error }) => error !== undefined)) break;
    }
    return results;
  }

  /** Runs tests, the quickest files first. */
  async #runSome(wanted, { bail, coverage }) {
    const { ns } = this;
    const results = [];
    const isWanted = ({ id }) => (wanted === undefined || wanted.has(id)) && !this.#unreliable.has(id);
    const selected = (suite) =>
      suite.children.flatMap((child) =>
        child.children !== undefined ? selected(child) : isWanted(child) ? [child] : [],
      );
    const cost = (file) => selected(file).reduce((sum, { id }) => sum + (this.#ms.get(id) ?? 0), 0);
    const files = this.#files.filter((file) => selected(file).length > 0);
    if (!coverage) files.sort((a, b) => cost(a) - cost(b));
    const isOver = () => bail && results.some(({ error }) => error !== undefined);

    const covering = async (tests, action) => {
      if (!coverage) return action();
      const name = '(hooks)';
      ns.currentTestId = name;
      try {
        return await action();
      } finally {
        ns.currentTestId = undefined;
        const perTest = ns.mutantCoverage?.perTest ?? {};
        const hits = perTest[name] ?? {};
        delete perTest[name];
        for (const { id } of tests) {
          perTest[id] ??= {};
          for (const [mutant, count] of Object.entries(hits)) perTest[id][mutant] = (perTest[id][mutant] ?? 0) + count;
        }
      }
    };

    const spentMs = (file) =>
      results.filter(({ test }) => test.file === file).reduce((sum, { cpuMs }) => sum + cpuMs, 0);

    const runSuite = async (suite, parents) => {
      const tests = selected(suite);
      if (tests.length === 0 || isOver()) return;
      const line = [...parents, suite];
      try {
        await covering(tests, async () => {
          for (const hook of suite.beforeAll) await limited(hook, 60_000);
        });
      } catch (error) {
        for (const test of tests) results.push({ test, error, ms: 0, cpuMs: 0 });
      }
      if (!tests.some((test) => results.some((result) => result.test === test)))
        for (const child of suite.children) {
          if (isOver()) break;
          if (child.children !== undefined) await runSuite(child, line);
          else if (isWanted(child) && (!coverage || (spentMs(child.file) < MAX_FILE_MS && !SLOW.test(child.id))))
            results.push(await this.#runTest(child, line, coverage));
        }
      for (const hook of suite.afterAll)
        try {
          await limited(hook, 60_000);
        } catch {
          // the next file has its own
        }
    };
    for (const file of files) {
      if (isOver()) break;
      await runSuite(file, []);
    }
    return results;
  }

  /** A test that waits for what a mutant never does is over long before its own time. */
  #limitMs({ id, timeout }) {
    return Math.min(timeout, Math.max(MIN_LIMIT_MS, 30 * (this.#wallMs.get(id) ?? timeout)));
  }

  async #runTest(test, line, coverage) {
    const { ns } = this;
    const started = performance.now();
    const startedCpu = process.cpuUsage();
    const finished = [];
    const context = {
      task: { name: test.name },
      onTestFinished: (hook) => finished.push(hook),
      skip: () => {
        throw SKIPPED;
      },
    };
    let failure;
    this.stray = undefined;
    if (coverage) ns.currentTestId = test.id;
    const attempt = async (action, ms) => {
      try {
        return await limited(action, ms);
      } catch (error) {
        if (error !== SKIPPED) failure ??= error instanceof Error ? error : new Error(String(error));
      }
    };
    for (const suite of line)
      for (const hook of suite.beforeEach) {
        const after = await attempt(hook, 60_000);
        if (typeof after === 'function') finished.push(after);
      }
    if (failure === undefined) await attempt(() => test.run(context), coverage ? test.timeout : this.#limitMs(test));
    for (const suite of line.toReversed()) for (const hook of suite.afterEach) await attempt(hook, 60_000);
    for (const hook of finished) await attempt(hook, 60_000);
    if (coverage) ns.currentTestId = undefined;
    const ms = performance.now() - started;
    const { user, system } = process.cpuUsage(startedCpu);
    const cpuMs = (user + system) / 1000;
    if (coverage && DEBUG)
      appendFileSync(DEBUG, `${ms.toFixed(0)}\t${cpuMs.toFixed(0)}\t${test.id}\t${failure?.stack ?? ''}\n`);
    return { test, error: failure ?? this.stray, ms, cpuMs };
  }
}

/** Lines and columns count from 0 here, and from 1 in a report. */
function placeOf({ location: { start, end }, replacement }, file, first = 0) {
  const numbers = [start.line, start.column, end.line, end.column].map((number) => number - first);
  return JSON.stringify([file, ...numbers, replacement]);
}

const SKIPPED = Symbol('skipped');

async function limited(action, ms) {
  const result = action({});
  if (typeof result?.then !== 'function') return result;
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}

const create = (options) => new HotRunner(options);
create.inject = ['options'];
export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'hot', create)];
