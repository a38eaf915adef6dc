// `npm run test:mutation -- [FOLDER…] [--share 2/8] [--file NAME]… [--survivors | --rest] [--tests PATH]… [--minutes 20]`: makes each small change to the code of some folders that
// StrykerJS knows, and runs the unit tests that reach it. A change that no test notices is a survivor. StrykerJS is a package
// of its own here, installed on demand. A share of a folder is every n-th of its files. What became of
// each mutant is kept for as long as its source is the same: with --survivors those that were noticed are not tried again, which takes
// seconds after a further test; with --rest only those that were not tried, as after a run that was ended.
//
// scores.json has the figures of each file, and of each folder; only this program writes it, where all tests took part. equivalent.txt has the survivors that
// change nothing that could be noticed, with the reason. All others are printed, and are below the temporary folder.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { equivalents, mutatedLine, scoreOf } from './score.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const scoresFile = join(here, 'scores.json');
/** What is kept between runs: results of mutants whose code and tests are the same. */
const cache = process.env['FERMATA_MUTATION_CACHE'] ?? join(tmpdir(), 'fermata-mutation');

/** What is mutated, and the tests that could notice it. */
const FOLDERS = {
  'src/core/fold': [
    'test/unit/core/fold',
    'test/unit/core/policy/policy.test.ts',
    'test/unit/core/policy/reason.test.ts',
    'test/unit/core/projection',
    'test/unit/core/session',
    'test/unit/hooks',
    'test/property/fold.test.ts',
    'test/property/snapshot.test.ts',
  ],
  'src/core/policy': [
    'test/unit/core/policy',
    'test/unit/hooks',
    'test/unit/core/projection/heldCalls.test.ts',
    'test/unit/core/projection/wording.test.ts',
    'test/unit/core/fold/fold.test.ts',
    'test/unit/core/fold/limitConditions.test.ts',
    'test/unit/core/fold/merges.test.ts',
    'test/unit/core/fold/proofs.test.ts',
    'test/unit/core/fold/resources.test.ts',
  ],
  'src/core/install': [
    'test/unit/core/install',
    'test/unit/core/base/owners.test.ts',
    'test/property/settingsEdit.test.ts',
    'test/property/gitHooks.test.ts',
    'test/unit/extension/install',
  ],
  hooks: ['test/unit/hooks', 'test/unit/core/claude'],
};
/** Types, what runs in Claude Code's own process or in workers, and programs, which begin where they are imported: processes try those. */
const LEFT_OUT = /\.d\.ts$|^hooks\/(?:mod|clients)\/|^hooks\/(?:hook|mod|wake)\.ts$/;
/** What the runner has not: these files are left out. */
const NEEDS_VITEST = /\bvi\.(?:mock|hoisted|resetModules|useFakeTimers)\b/;
const WANTED = 90;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    share: { type: 'string', default: '1/1' },
    file: { type: 'string', multiple: true },
    tests: { type: 'string', multiple: true },
    survivors: { type: 'boolean', default: false },
    rest: { type: 'boolean', default: false },
    fresh: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '600' },
  },
});
const [share, shares] = values.share.split('/').map(Number);
if (!(share >= 1 && share <= shares)) fail(`--share ${values.share} is no share, such as 2/8`);
const folders = positionals.length > 0 ? positionals : Object.keys(FOLDERS);
for (const folder of folders)
  if (!Object.hasOwn(FOLDERS, folder)) fail(`${folder} is none of ${Object.keys(FOLDERS).join(', ')}`);

function fail(message) {
  console.error(message);
  process.exit(2);
}

/** The files of a folder, or the file itself. */
function filesOf(path) {
  if (path.endsWith('.ts')) return [path];
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .toSorted();
}

const read = (file) => readFileSync(join(root, file), 'utf8');

const sorted = (record) => Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));

async function stryker() {
  if (!existsSync(join(here, 'node_modules', '@stryker-mutator', 'core'))) {
    console.log('Installing once: StrykerJS …');
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const { status } = spawnSync('npm', ['ci', ...flags], {
      cwd: here,
      stdio: 'inherit',
      shell: process.platform === 'win32',
    });
    if (status !== 0) fail('StrykerJS could not be installed: nothing was tested');
  }
  return (await import('@stryker-mutator/core')).Stryker;
}

/** Mutates these files, and returns what became of each mutant. */
async function mutate(Stryker, folder, files) {
  const tests = (values.tests ?? FOLDERS[folder])
    .flatMap(filesOf)
    .filter((file) => file.endsWith('.test.ts') && !NEEDS_VITEST.test(read(file)));
  const name = folder.replaceAll('/', '-');
  mkdirSync(cache, { recursive: true });
  const incrementalFile = join(cache, `${name}-${share}of${shares}.json`);
  if (values.fresh) rmSync(incrementalFile, { force: true });
  const runner = new Stryker({
    configFile: join(here, 'stryker.config.json'),
    dryRunTimeoutMinutes: 15,
    testRunner: 'hot',
    plugins: ['hotRunner.mjs', 'progress.mjs'].map((name) => pathToFileURL(join(here, name)).href),
    hot: { root, tests, known: Object.fromEntries(files.map((file) => [file, knownResults(file)])) },
    mutate: files,
    tempDirName: join(cache, `sandbox-${name}-${process.pid}`),
    incremental: values.file === undefined && values.tests === undefined && !values.survivors && !values.rest,
    incrementalFile,
  });
  return runner.runMutationTest();
}

const Stryker = await stryker();
const { progress } = await import('./progress.mjs');
process.chdir(root);
const known = equivalents(readFileSync(join(here, 'equivalent.txt'), 'utf8'));
const deadline = Date.now() + Number(values.minutes) * 60_000;

/** What became of a mutant: undefined where it was not tried, as one that counts only while modules are loaded. */
function countedAs({ status }) {
  if (status === 'Killed' || status === 'Timeout') return 'noticed';
  return status === 'Survived' || status === 'NoCoverage' ? 'survived' : undefined;
}

const isOfAllTests = values.tests === undefined && process.env['FERMATA_MUTATION_TEST_MS'] === undefined;
const sha256 = (text) => createHash('sha256').update(text).digest('hex').slice(0, 16);
const resultsFile = (file) => join(cache, `${file.replaceAll('/', '-')}-${sha256(read(file))}.json`);

/** What became of the mutants of a file with this source before, as far as they are not tried again. */
function knownResults(file) {
  if (!(values.survivors || values.rest) || !existsSync(resultsFile(file))) return [];
  const results = JSON.parse(readFileSync(resultsFile(file), 'utf8'));
  return values.rest ? results : results.filter((result) => countedAs(result) === 'noticed');
}

/** Writes a file whole: another run may read it, and this one may be ended. */
function write(path, value) {
  const whole = `${path}.${process.pid}`;
  writeFileSync(whole, value);
  renameSync(whole, path);
}

/** Writes the figures of the files of which every mutant was tried, and the list of all survivors. Returns the folder's figures. */
function record(folder, all) {
  const scores = existsSync(scoresFile) ? JSON.parse(readFileSync(scoresFile, 'utf8')) : {};
  const figures = Object.fromEntries(
    Object.entries(scores[folder]?.files ?? {}).filter(([file]) => all.includes(file)),
  );
  const survivors = [];
  for (const [path, waiting] of progress.waiting) {
    const file = relative(root, path).replaceAll(sep, '/');
    const source = read(file);
    const counts = { mutants: 0, noticed: 0, equivalent: 0, survived: 0 };
    const results = progress.results
      .filter(({ fileName }) => fileName === path)
      .map(({ location, replacement, status }) => ({ location, replacement, status }));
    if (results.length > 0) write(resultsFile(file), JSON.stringify(results));
    for (const mutant of results) {
      const kind = countedAs(mutant);
      if (kind === undefined) continue;
      const line = mutatedLine(source, mutant);
      const isEquivalent = kind === 'survived' && known.has(`${file}\n${line.before}\n${line.after}`);
      counts.mutants++;
      counts[isEquivalent ? 'equivalent' : kind]++;
      if (kind === 'survived' && !isEquivalent) survivors.push({ file, status: mutant.status, ...line });
    }
    if (waiting <= 0 && counts.mutants > 0) figures[file] = counts;
  }
  const tried = { files: Object.keys(figures).length, of: all.length };
  scores[folder] = { ...scoreOf(Object.values(figures)), tried, files: sorted(figures) };
  // with fewer tests more survives than is true
  if (isOfAllTests) write(scoresFile, `${JSON.stringify(sorted(scores), null, 2)}\n`);
  const list = survivors.map(
    ({ file, at, status, before, after }) => `${file}:${at} ${String(status)}\n- ${before}\n+ ${after}\n`,
  );
  const report = join(cache, `survivors-${folder.replaceAll('/', '-')}.txt`);
  writeFileSync(report, list.join('\n'));
  const { score, noticed, mutants, equivalent } = scores[folder];
  console.log(`${folder}: ${survivors.length} survivors of this run: ${report}`);
  console.log(
    `${folder}: ${score} % (${noticed} of ${mutants} noticed, ${equivalent} equivalent), ${tried.files} of ${tried.of} files`,
  );
  return scores[folder];
}

let isFine = true;
for (const folder of folders) {
  const all = filesOf(folder).filter((file) => !LEFT_OUT.test(file));
  const files = all.filter(
    (file, index) => index % shares === share - 1 && (values.file?.some((name) => file.includes(name)) ?? true),
  );
  if (files.length === 0) continue;
  progress.waiting.clear();
  progress.results = [];
  // the last one writes what there is, as one that ends does
  const timer = setTimeout(() => {
    record(folder, all);
    console.log('the time is over');
    process.exit(1);
  }, deadline - Date.now());
  // and so does one that is ended
  const interval = setInterval(() => record(folder, all), 60_000);
  await mutate(Stryker, folder, files);
  clearTimeout(timer);
  clearInterval(interval);
  if (record(folder, all).score < WANTED) isFine = false;
}
process.exit(isFine ? 0 : 1);
