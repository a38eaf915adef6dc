import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dependenciesFile, dependenciesPage } from '#test/docs/dependenciesPage.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { RepositoryCopy } from '#test/lib/repositoryCopy.ts';
import { makePackage } from '#test/lib/vsix.ts';
import { filesOf } from '#test/lib/zip.ts';

let output: string;
let files: Map<string, () => Buffer>;
let vsix: string;

beforeAll(async () => {
  const made = await makePackage();
  ({ output, vsix } = made);
  files = filesOf(readFileSync(made.vsix));
});

afterAll(removeTempDirs);

const text = (name: string): string => files.get(name)?.().toString('utf8') ?? '';

test('the package holds these files and no others', async () => {
  // after adding or removing a bundle: npx vitest run --project processes package -u
  // the names of the parts of the extension and the panel are the bundler's choice
  const names = new Set(
    [...files.keys()].map((name) =>
      name.replace(/(dist\/(?:extension\/|webview\/panel-)).*-?[A-Z0-9]{8}\.js$/, '$1*.js'),
    ),
  );
  await expect(`${[...names].toSorted().join('\n')}\n`).toMatchFileSnapshot('golden/package.txt');
});

test('vsce has nothing to warn of', () => {
  expect(output).toContain('Packaged:');
  expect(output).not.toMatch(/warn|error/i);
});

test('it is one package for every platform', () => {
  expect(text('extension.vsixmanifest')).not.toContain('TargetPlatform');
  expect([...files.keys()].filter((name) => /\.(node|so|dll|dylib|exe|wasm)$/.test(name))).toEqual([]);
});

test('publisher and repository are in package.json only; every link of the listing leads there', () => {
  const manifest = JSON.parse(text('extension/package.json')) as { repository: { url: string }; publisher: string };
  const address = manifest.repository.url.replace(/\.git$/, '');
  const owner = new URL(address).pathname.split('/')[1] ?? '';
  expect(readFileSync(`${repoRoot}/package.json`, 'utf8').split(owner)).toHaveLength(2);
  for (const page of ['extension.vsixmanifest', 'extension/readme.md', 'extension/changelog.md']) {
    const links = [...text(page).matchAll(/(?:\]\(|Value=")(https?:\/\/[^)"\s]+)/g)].map(([, url]) => url ?? '');
    const own = links.filter((url) => url.includes('/fermata'));
    expect(own.length, page).toBeGreaterThan(page.includes('changelog') ? 0 : 3);
    expect(own.filter((url) => !url.startsWith(address))).toEqual([]);
  }
  for (const link of ['Support', 'Learn', 'Source'])
    expect(text('extension.vsixmanifest')).toContain(`Links.${link}" Value="${address}`);
  for (const page of ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md'])
    expect(readFileSync(`${repoRoot}/${page}`, 'utf8'), page).not.toContain(owner);
});

test('nothing in it reveals the machine that made it', () => {
  for (const name of files.keys()) expect(text(name).includes(repoRoot), name).toBe(false);
});

test('the page about what is inside is that of this build', () => {
  // after a package was changed: npm run docs
  expect(readFileSync(dependenciesFile, 'utf8')).toBe(dependenciesPage());
});

interface Bill {
  components: { name: string; version: string; hashes?: { content: string }[] }[];
}

test('the bill of materials has each bundled package with its checksum', () => {
  const { components } = JSON.parse(text('extension/dist/sbom.cdx.json')) as Bill;
  const named = [...text('extension/dist/ThirdPartyNotices.txt').matchAll(/^(\S+) (\d\S*) \([^)]+\)$/gm)];
  expect(components.map(({ name, version }) => `${name} ${version}`).toSorted()).toEqual(
    named.map(([, name, version]) => `${name} ${version}`).toSorted(),
  );
  for (const { name, hashes } of components) expect(hashes?.[0]?.content, name).toMatch(/^[0-9a-f]{128}$/);
});

test('what is bundled runs nothing when it is installed, and the package itself does not', () => {
  const { components } = JSON.parse(text('extension/dist/sbom.cdx.json')) as Bill;
  const { packages } = JSON.parse(readFileSync(join(repoRoot, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { hasInstallScript?: boolean } | undefined>;
  };
  for (const { name } of components) expect(packages[`node_modules/${name}`]?.hasInstallScript, name).toBeUndefined();
  const { scripts } = JSON.parse(text('extension/package.json')) as { scripts: Record<string, string> };
  expect(
    Object.keys(scripts).filter((name) => /^(pre|post)?(install|prepare|publish|pack|uninstall)$/.test(name)),
  ).toEqual([]);
});

test('another build of the same source, in another folder, is the same package to the byte', async () => {
  const time = execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: repoRoot }).toString().trim();
  const env = { ...process.env, SOURCE_DATE_EPOCH: time };
  const copy = new RepositoryCopy();
  execFileSync(process.execPath, [copy.path('esbuild.mjs')], { cwd: copy.dir });
  const again = filesOf(readFileSync((await makePackage(copy.dir, env)).vsix));
  expect([...again.keys()]).toEqual([...files.keys()]);
  for (const [name, bytes] of files) expect(again.get(name)?.().equals(bytes()), name).toBe(true);
  expect(readFileSync((await makePackage(copy.dir, env)).vsix).equals(readFileSync(vsix))).toBe(true);
}, 900_000);
