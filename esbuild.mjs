// Builds everything that is shipped into dist/, and the programs that only contributors run into out/.
// Usage: node esbuild.mjs [--watch]
import * as esbuild from 'esbuild';
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { bundledPackages, ICONS } from './build/bundled.mjs';
import { notices } from './build/notices.mjs';
import { billOfMaterials } from './build/sbom.mjs';
import { apart } from './build/apart.mjs';
import { inParts } from './build/inParts.mjs';
import { exportsFrom, onFirstCall, partOnFirstCall } from './build/onFirstCall.mjs';
import { lazyBuiltins } from './build/lazyBuiltins.mjs';
import { programs, STARTED } from './build/programs.mjs';
import { quickStart, starter } from './build/quickStart.mjs';
import { vscodeOnce } from './build/vscodeOnce.mjs';
import { schemasAsData } from './build/schemasAsData.mjs';

const watch = process.argv.includes('--watch');

/** @type {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  minify: !watch,
  sourcemap: watch ? 'inline' : false,
  legalComments: 'none',
  charset: 'utf8',
  metafile: true,
  // names of parts follow from where their files are: also where node_modules is a link, that is in this folder
  preserveSymlinks: true,
  logLevel: 'warning',
  // the default UMD entry of jsonc-parser bundles but fails at run time
  alias: { 'jsonc-parser': './node_modules/jsonc-parser/lib/esm/main.js' },
};

/** @type {import('esbuild').BuildOptions} */
const node = { ...common, platform: 'node', format: 'cjs', target: 'node20', plugins: [schemasAsData] };

/** Programs that start anew at every call. @type {import('esbuild').BuildOptions} */
const quick = {
  ...node,
  charset: 'ascii',
  // a script with a cache has no import()
  supported: { 'dynamic-import': false },
  plugins: [schemasAsData, lazyBuiltins],
};

/** The pages of webviews; what they import on demand is a file of its own. @type {import('esbuild').BuildOptions} */
const page = {
  ...common,
  platform: 'browser',
  format: 'esm',
  splitting: true,
  target: 'es2022',
  outdir: 'dist/webview',
  // the compiler's settings would win; calls with children as arguments are shorter than those of its automatic runtime
  tsconfigRaw: {},
  jsx: 'transform',
  jsxFactory: 'h',
  jsxFragment: 'Fragment',
  inject: ['webview-ui/jsx.ts'],
};

const secretsAt = (path) => onFirstCall(new Map([[resolve('src/core/base/secrets.ts'), ['maskSecrets']]]), path);
/** For the programs in hooks/: the patterns of secrets are beside them. */
const secretsApart = secretsAt('./secrets.cjs');

const shipped = {
  extension: {
    ...node,
    entryPoints: ['src/extension/extension.ts'],
    outdir: 'dist',
    chunkNames: 'extension/[name]-[hash]',
    plugins: [
      schemasAsData,
      lazyBuiltins,
      vscodeOnce,
      secretsAt('./hooks/secrets.cjs'),
      partOnFirstCall('src/extension/onDemand.ts'),
      inParts,
    ],
  },
  uninstall: { ...node, entryPoints: ['src/extension/install/uninstall.ts'], outfile: 'dist/uninstall.cjs' },
  programs: {
    ...quick,
    ...programs,
    outfile: 'dist/hooks/programs.cjs',
    plugins: [
      apart('shell', './shell.cjs'),
      apart('commandTakes', './git.cjs'),
      apart('natsLink', './nats.cjs'),
      secretsApart,
      ...quick.plugins,
    ],
  },
  hook: {
    ...quick,
    entryPoints: ['hooks/hook.ts'],
    outfile: 'dist/hooks/hook.cjs',
    plugins: [
      apart('coldHandlers', './programs.cjs', 'coldHandlers'),
      apart('shell', './shell.cjs'),
      secretsApart,
      onFirstCall(exportsFrom('hooks/rare.ts'), './programs.cjs', '.rare()'),
      ...quick.plugins,
      ...(watch ? [] : [quickStart]),
    ],
  },
  // the client of a server, which the bridge alone loads
  nats: { ...quick, entryPoints: ['src/bridge/natsLink.ts'], outfile: 'dist/hooks/nats.cjs', plugins: [schemasAsData] },
  shell: { ...quick, entryPoints: ['src/core/policy/shell/shell.ts'], outfile: 'dist/hooks/shell.cjs' },
  git: { ...quick, entryPoints: ['src/core/policy/git/commandTakes.ts'], outfile: 'dist/hooks/git.cjs' },
  // Claude Code runs it in its own process, which has neither Node nor a page
  mod: {
    ...common,
    platform: 'neutral',
    format: 'esm',
    target: 'es2022',
    sourcemap: false,
    // Claude Code reads from its text what it hooks and calls
    minify: false,
    minifyWhitespace: !watch,
    entryPoints: ['hooks/mod/register.ts'],
    outfile: 'dist/hooks/register.js',
  },
  secrets: { ...quick, entryPoints: ['src/core/base/secrets.ts'], outfile: 'dist/hooks/secrets.cjs' },
  // two builds, since pages of one build would share files that each of them has to wait for
  panel: { ...page, entryPoints: { panel: 'webview-ui/main.tsx' }, chunkNames: 'panel-[name]-[hash]' },
  timeline: { ...page, entryPoints: { timeline: 'webview-ui/timeline/main.tsx' } },
};

/** Programs of the repository itself. */
const ownPrograms = [
  'test/demo/start.ts',
  'test/demo/screenshots.ts',
  'test/bench/bench.ts',
  'test/bench/worstLogs.ts',
  'test/docs/writeDocs.ts',
  'test/transcripts/record.ts',
].filter((f) => existsSync(f));
const contributor = {
  own: {
    ...node,
    minify: false,
    // writeDocs needs the schemas themselves
    plugins: [],
    format: 'esm',
    // what finds its own files beside itself
    external: ['playwright-core', 'esbuild', 'typescript'],
    // bundled packages may still call require
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    entryPoints: ownPrograms,
    outdir: 'out',
    entryNames: '[name]',
    outExtension: { '.js': '.mjs' },
  },
};

/** The codicons that the panel draws, as one SVG that its page carries: markup is parsed once and costs no script. */
function iconSprite() {
  const icons = JSON.parse(readFileSync('webview-ui/components/icons.json', 'utf8'));
  const symbols = Object.entries(icons).map(([name, icon]) => {
    const svg = readFileSync(`node_modules/@vscode/codicons/src/icons/${icon}.svg`, 'utf8');
    const [, box, inner] = /viewBox="([^"]+)"[^>]*>(.*)<\/svg>/s.exec(svg) ?? [];
    if (inner === undefined) throw new Error(`${icon}.svg is no icon with a view box`);
    return `<symbol id="icon-${name}" viewBox="${box}" fill="currentColor">${inner.trim()}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" class="sprite">${symbols.join('')}</svg>\n`;
}

if (!watch) rmSync('dist', { recursive: true, force: true });
mkdirSync('dist/hooks/clients', { recursive: true });
mkdirSync('dist/webview', { recursive: true });
mkdirSync('out', { recursive: true });
writeFileSync('dist/webview/icons.svg', iconSprite());
// a shell reads every comment anew at each call of a tool
for (const name of ['gate.sh', 'gate.sh.program', 'status-line.sh'])
  writeFileSync(`dist/hooks/${name}`, readFileSync(`hooks/${name}`, 'utf8').replaceAll(/^ *#(?!!).*\n/gm, ''));
copyFileSync('hooks/wake.sh', 'dist/hooks/wake.sh');
// the clients are shipped as their source, which worker authors read, with the types of its comments
for (const name of ['worker.mjs', 'fermata.py']) copyFileSync(`hooks/clients/${name}`, `dist/hooks/clients/${name}`);
const asFiles = '--composite false --incremental false --declaration --outDir dist/hooks/clients';
execFileSync('node_modules/.bin/tsc', ['-p', 'hooks/clients', ...asFiles.split(' ')]);
chmodSync('dist/hooks/gate.sh', 0o755);
for (const [file, name] of Object.entries(STARTED)) writeFileSync(`dist/${file}`, await starter(name));

const builds = { ...shipped, ...(ownPrograms.length > 0 ? contributor : {}) };
if (watch) {
  for (const options of Object.values(builds)) await (await esbuild.context(options)).watch();
  console.log('watching; Ctrl-C ends');
} else {
  const results = await Promise.all(
    Object.entries(builds).map(async ([name, options]) => [name, (await esbuild.build(options)).metafile]),
  );
  const metafiles = Object.fromEntries(results);
  writeFileSync('out/meta.json', JSON.stringify(metafiles));
  const parts = bundledPackages(Object.keys(shipped).map((name) => metafiles[name]));
  const folders = [...[...parts.values()].map(({ folder }) => folder), ICONS];
  writeFileSync('dist/ThirdPartyNotices.txt', notices(folders));
  const described = (folder) => JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const locked = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
  const bill = billOfMaterials(
    described('.'),
    folders.map(described),
    (name) => locked[`node_modules/${name}`]?.integrity,
  );
  writeFileSync('dist/sbom.cdx.json', `${JSON.stringify(bill, null, 1)}\n`);
}
