import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoRoot } from '#test/lib/runtimes.ts';
import { bundledPackages, ICONS, type BundledPackage } from '../../build/bundled.mjs';

/** What stands in the place of each package's work, and what the package may do; what it imports of Node is read from its code. */
const REASONS: Record<string, readonly [replaces: string, may: string]> = {
  '@nats-io/jetstream': ['the stream of a server: acknowledgements, ordered reading', 'nothing by itself'],
  '@nats-io/nats-core': ['the protocol of NATS: subscriptions, requests, headers', 'nothing by itself'],
  '@nats-io/nkeys': ['signing in with a key that never leaves the machine', 'signs what the server sends'],
  '@nats-io/nuid': ['names of requests that nobody guesses', 'nothing by itself'],
  '@nats-io/transport-node': [
    'connections with TLS to a server',
    'connects to the servers of `fermata.machines.url` and to no other, in the bridge alone; reads the files of certificates',
  ],
  chokidar: [
    'watching folders on each system, with polling where there are no events',
    'reads names and times of the folders that it is given, in the editor alone',
  ],
  'jsonc-parser': ['changing settings with comments in place', 'nothing: text in, text out'],
  preact: ['drawing the panel and the timeline, and redrawing what has changed', 'changes the page of its webview'],
  readdirp: ['listing folders, for chokidar', 'reads names and times of the folders that it is given'],
  tweetnacl: ['Ed25519, for nkeys', 'takes random bytes'],
  unbash: ['reading shell commands', 'nothing: text in, a tree out'],
};

/** The page that is made of them and of the build. */
export const dependenciesFile = join(repoRoot, 'docs', 'dependencies.md');

const KB = 1024;

/** docs/dependencies.md, of what esbuild has reported of the shipped programs (out/meta.json). */
export function dependenciesPage(): string {
  const meta = JSON.parse(readFileSync(join(repoRoot, 'out/meta.json'), 'utf8')) as Record<string, never>;
  const { own: _, ...shipped } = meta;
  const packages = bundledPackages(Object.values(shipped));
  const without = [...packages.keys()].filter((name) => REASONS[name] === undefined);
  if (without.length > 0) throw new Error(`test/docs/dependenciesPage.ts has no reason for ${without.join(', ')}`);
  const stale = Object.keys(REASONS).filter((name) => !packages.has(name));
  if (stale.length > 0) throw new Error(`${stale.join(', ')} is bundled no more: remove it here`);
  const icons = JSON.parse(readFileSync(join(repoRoot, ICONS, 'package.json'), 'utf8')) as BundledPackage;
  return [
    '# What is inside',
    '<!-- made by `npm run docs` from the build -->',
    `Fermata has no dependency that is installed with it: parts of ${packages.size} packages are bundled into its programs, and the drawings of one are in its pages. None of them runs a script when it is installed. Their licences are in \`dist/ThirdPartyNotices.txt\`, and a bill of materials (CycloneDX) is in \`dist/sbom.cdx.json\` of the package.`,
    [
      '| package | licence | in the package | stands for | may | imports of Node |',
      '|---|---|---|---|---|---|',
      ...[...packages].map(([name, found]) => row(name, found)),
      `| @vscode/codicons ${icons.version} | ${icons.license} | a few drawings in \`dist/webview/icons.svg\` | the icons of the editor | nothing: drawings | |`,
    ].join('\n'),
    'Sizes are those of the code that is in a program after everything unused was left out. What a package imports of Node is read from its code at each build; where nothing is named, the package has no way to the file system, and none to a socket but what every script has.',
    'Node itself is the one of the person, or the one that the editor carries. What contributors need besides is in `package.json` under `devDependencies`, at exact versions, with checksums in `package-lock.json`.',
    'The same commit gives the same package, byte for byte: `npm run package` takes the times in it from the commit, and a test makes it twice, in two folders, and compares.',
  ]
    .join('\n\n')
    .concat('\n');
}

function row(name: string, { version, license, bytes, imports }: BundledPackage): string {
  const [replaces = '', may = ''] = REASONS[name] ?? [];
  const sizes = [...bytes].map(([program, size]) => `${Math.max(1, Math.round(size / KB))} KB in ${shown(program)}`);
  const builtins = [...imports].toSorted().map((builtin) => `\`${builtin}\``);
  return `| ${name} ${version} | ${license} | ${sizes.join(', ')} | ${replaces} | ${may} | ${builtins.join(', ')} |`;
}

/** A program by its name, without what the bundler adds to those of its own choice. */
const shown = (program: string): string =>
  `\`${program.replace(/-(?:chunk-)?[A-Z0-9]{8}(?=\.js$)/, '-*').replace(/chunk-[A-Z0-9]{8}/, '*')}\``;
