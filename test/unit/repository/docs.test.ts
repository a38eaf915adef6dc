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
    engines: { vscode: string };
  };

  test('are scripts that there are', () => {
    const named = workflows.flatMap((text) =>
      [...text.matchAll(/npm run (?:-s )?([a-z][\w:]*)/g)].map(([, name]) => name),
    );
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) expect(manifest.scripts).toHaveProperty([name ?? '']);
  });

  test('is the oldest and the newest editor on three systems', () => {
    expect(workflows[0]).toContain(`vscode: ['${manifest.engines.vscode.slice(1)}', stable]`);
    expect(workflows[0]).toContain('os: [ubuntu-latest, macos-latest, windows-latest]');
  });
});
