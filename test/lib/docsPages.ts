import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoRoot } from './runtimes.ts';

/** A page that people read, by its path in the repository. */
export interface Page {
  path: string;
  text: string;
}

/** Every page of the repository: those at its root and those under docs/. */
export const pages: Page[] = ['.', 'docs']
  .flatMap((dir) => readdirSync(join(repoRoot, dir)).map((name) => (dir === '.' ? name : `${dir}/${name}`)))
  .filter((path) => path.endsWith('.md'))
  .map(pageAt);

/** The page at a path in the repository. */
export function pageAt(path: string): Page {
  return { path, text: readFileSync(join(repoRoot, path), 'utf8') };
}

/** The contents of the fenced blocks of a language. */
export function fenced({ text }: Page, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map((match) => match[1] ?? '');
}

/** The texts between single backquotes, outside of fenced blocks. */
export function inline({ text }: Page): string[] {
  const prose = text.replaceAll(/^```.*?^```$/gms, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => (match[1] ?? '').replaceAll('\\|', '|'));
}
