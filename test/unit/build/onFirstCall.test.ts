import { build, type BuildOptions, type Plugin } from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

interface Plugins {
  onFirstCall: (functions: Map<string, string[]>, path: string, call?: string) => Plugin;
  partOnFirstCall: (part: string) => Plugin;
  exportsFrom: (module: string) => Map<string, string[]>;
}

const SOURCES = {
  'program.ts': `
    import { often, seldom, NAME } from './mixed.ts';
    export const play = (): string[] => [often(), NAME, seldom('now')];
    export { often };
  `,
  'mixed.ts': `
    import { help } from './help.ts';
    export const NAME = 'name';
    export const often = (): string => (globalThis as { inner?: boolean }).inner === true ? seldom('inside') : 'often';
    export function seldom(when: string): string { return help(when); }
  `,
  'help.ts': 'export const help = (when: string): string => `the rare help, ${when}`;',
  'rare.ts': "export { seldom } from './mixed.ts';",
  'whole.ts': "import { help } from './help.ts'; export const play = (): string => help('asked for');",
  'part.ts': "export { help } from './help.ts';",
};

async function setUp(): Promise<{ dir: string; plugins: Plugins; options: BuildOptions }> {
  const dir = tempDir('fermata-later-');
  for (const [name, text] of Object.entries(SOURCES)) writeFileSync(join(dir, name), text.replaceAll(/^ +/gm, ''));
  const plugins = (await import(new URL('../../../build/onFirstCall.mjs', import.meta.url).href)) as Plugins;
  return { dir, plugins, options: { bundle: true, platform: 'node', format: 'cjs', target: 'node20', minify: true } };
}

/** The files below a folder that were loaded, by their names. */
const loadedIn = (require: NodeJS.Require, dir: string): string[] =>
  Object.keys(require.cache).flatMap((path) => (path.startsWith(dir) ? (path.split('/').at(-1) ?? []) : []));

test('a function leaves the program with what only it uses, and is loaded when it is first called, from within, too', async () => {
  const { dir, plugins, options } = await setUp();
  const functions = plugins.exportsFrom(join(dir, 'rare.ts'));
  expect([...functions]).toEqual([[join(dir, 'mixed.ts'), ['seldom']]]);
  const outdir = join(dir, 'dist');
  const plugin = plugins.onFirstCall(functions, './other.cjs', '.rare()');
  await build({
    ...options,
    entryPoints: [join(dir, 'program.ts')],
    outdir,
    outExtension: { '.js': '.cjs' },
    plugins: [plugin],
  });
  const contents = "exports.rare = () => require('./rare.ts');";
  await build({ ...options, stdin: { contents, resolveDir: dir }, outfile: join(outdir, 'other.cjs') });
  expect(readFileSync(join(outdir, 'program.cjs'), 'utf8')).not.toContain('the rare help');

  const require = createRequire(join(dir, 'test.js'));
  const program = require(join(outdir, 'program.cjs')) as { play: () => string[]; often: () => string };
  expect(program.often()).toBe('often');
  expect(loadedIn(require, outdir)).toEqual(['program.cjs']);
  expect(program.play()).toEqual(['often', 'name', 'the rare help, now']);
  expect(loadedIn(require, outdir)).toEqual(['program.cjs', 'other.cjs']);
  Object.assign(globalThis, { inner: true });
  expect(program.often()).toBe('the rare help, inside');
  Object.assign(globalThis, { inner: undefined });
});

test('a name that is no function of its module ends the build', async () => {
  const { dir, plugins, options } = await setUp();
  const plugin = plugins.onFirstCall(new Map([[join(dir, 'mixed.ts'), ['gone']]]), './other.cjs');
  const entryPoints = [join(dir, 'program.ts')];
  const building = build({ ...options, entryPoints, write: false, logLevel: 'silent', plugins: [plugin] });
  await expect(building).rejects.toThrow('has no function gone');
});

test('in a program of parts, a whole module becomes one, and its functions still answer at once', async () => {
  const { dir, plugins, options } = await setUp();
  const { inParts } = (await import(new URL('../../../build/inParts.mjs', import.meta.url).href)) as {
    inParts: Plugin;
  };
  const outdir = join(dir, 'dist');
  const entryPoints = [join(dir, 'whole.ts')];
  const parts = [plugins.partOnFirstCall(join(dir, 'part.ts')), inParts];
  await build({ ...options, entryPoints, outdir, metafile: true, chunkNames: 'parts/[name]-[hash]', plugins: parts });
  expect(readFileSync(join(outdir, 'whole.js'), 'utf8')).not.toContain('the rare help');
  const require = createRequire(join(dir, 'test.js'));
  const program = require(join(outdir, 'whole.js')) as { play: () => string };
  expect(loadedIn(require, outdir)).toEqual(['whole.js']);
  expect(program.play()).toBe('the rare help, asked for');
  expect(loadedIn(require, outdir)).toHaveLength(2);
});
