import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inline, pages, type Page } from '#test/lib/docsPages.ts';
import { repoRoot } from '#test/lib/runtimes.ts';

/** A heading as its address on the page. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');

const anchorsOf = (page: Page): string[] =>
  [...page.text.replaceAll(/^```.*?^```$/gms, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchor(heading));

describe.each(pages)('$path', (page) => {
  test('has links that lead somewhere', () => {
    for (const [, link = ''] of page.text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue;
      const [file = '', heading] = link.split('#');
      const path = file === '' ? page.path : normalize(join(dirname(page.path), file));
      expect(existsSync(join(repoRoot, path)), link).toBe(true);
      const there = pages.find((other) => other.path === path);
      if (heading !== undefined && there !== undefined) expect(anchorsOf(there), link).toContain(heading);
    }
  });

  test('names files that are there', () => {
    const paths = inline(page).filter((text) =>
      /^(src|hooks|webview-ui|test|docs|media|\.ci|\.github)\/[\w./{},*-]+$/.test(text),
    );
    // what a build or an installation puts there
    const made = (path: string): boolean => /node_modules|^hooks\/clients\/worker\.d/.test(path);
    for (const path of paths.filter((path) => !made(path)))
      for (const one of alternatives(path)) expect(exists(one), one).toBe(true);
  });

  test('says nothing of one machine', () => {
    expect(page.text).not.toMatch(/\/(home|Users|work|root)\/\w/);
  });
});

/** `a{b,c}` as `ab` and `ac`. */
function alternatives(path: string): string[] {
  const [, before = '', list = '', after = ''] = /^(.*?)\{([^}]*)\}(.*)$/.exec(path) ?? [];
  return list === '' ? [path] : list.split(',').flatMap((one) => alternatives(`${before}${one}${after}`));
}

/** With a star: whether its folder is there. */
const exists = (path: string): boolean => existsSync(join(repoRoot, path.includes('*') ? dirname(path) : path));

describe('what runs in the repository’s own workflows', () => {
  const workflows = ['test', 'release'].map((name) =>
    readFileSync(join(repoRoot, '.github/workflows', `${name}.yml`), 'utf8'),
  );
  const manifest = JSON.parse(readFileSync(join(repoRoot, 'package.json'), 'utf8')) as {
    scripts: object;
    engines: { vscode: string; node: string };
  };
  /** The text of each job, by its id. */
  const jobs = Object.fromEntries(
    (workflows[0] ?? '')
      .split(/^jobs:\n/m)[1]
      ?.split(/^(?= {2}\w+:\n)/m)
      .map((text) => [/^ {2}(\w+):/.exec(text)?.[1] ?? '', text]) ?? [],
  );

  test('are scripts that there are', () => {
    const named = workflows.flatMap((text) =>
      [...text.matchAll(/npm run (?:-s )?([a-z][\w:]*)/g)].map(([, name]) => name),
    );
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) expect(manifest.scripts).toHaveProperty([name ?? '']);
  });

  test('is the oldest and the newest editor on three systems', () => {
    expect(jobs['desktop']).toContain(`vscode: ['${manifest.engines.vscode.slice(1)}', stable]`);
    expect(jobs['desktop']).toContain('os: [ubuntu-latest, macos-latest, windows-latest]');
  });

  test('is each Node from the oldest that is supported on', () => {
    const [, versions = ''] = /node: \[([\d, ]+)\]/.exec(jobs['node'] ?? '') ?? [];
    const [oldest, ...newer] = versions.split(', ').map(Number);
    expect(`>=${oldest}`).toBe(manifest.engines.node);
    expect(newer).toEqual([22, 24, 26]);
  });

  test('is the suites of the hooks and of Claude Code on macOS, Windows and Alpine', () => {
    expect(jobs['hooks']).toContain('os: [macos-latest, windows-latest]');
    expect(jobs['alpine']).toContain('container: node:20-alpine');
    for (const job of ['hooks', 'alpine'])
      for (const suite of ['processes', 'claude']) expect(jobs[job]).toContain(`- run: npm run test:${suite}\n`);
    for (const job of ['node', 'alpine', 'desktop']) expect(jobs[job]).toContain('- run: npm run test:unit\n');
  });

  test('fails where a step of it fails', () => {
    for (const text of workflows) expect(text).not.toMatch(/continue-on-error|\|\| (true|:)|set \+e/);
  });
});
