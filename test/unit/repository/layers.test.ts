import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { repoRoot } from '#test/lib/runtimes.ts';

/** The layers of docs/architecture.md, lowest first. A room imports itself and rooms of lower rows; the compiler's project references hold the rest. */
const LAYERS = [
  ['src/protocol'],
  ['src/core/base', 'webview-ui/host'],
  ['src/core/log', 'webview-ui/components'],
  ['src/core/fold', 'webview-ui/panel', 'webview-ui/timeline'],
  ['src/core/session', 'webview-ui'],
  ['src/core/claude', 'src/core/workers'],
  ['src/core/machines'],
  ['src/core/projection', 'src/core/install'],
  ['src/core/policy', 'src/core/history'],
  ['src/core/plans'],
  ['src/core/backtest'],
  ['hooks', 'src/bridge', 'src/gitWatch', 'src/cli', 'src/runner', 'src/demo', 'src/extension/base'],
  ['hooks/handlers', 'src/extension/settings'],
  ['hooks/coldHandlers.ts', 'src/extension/sessions'],
  ['hooks/dispatch.ts', 'src/extension/editors'],
  ['hooks/hook.ts'],
  ['src/extension/replay', 'src/extension/panel', 'src/extension/rules', 'src/extension/install'],
  ['src/extension/history'],
  ['src/extension/status', 'src/extension/timeline'],
  ['src/extension/commands'],
  ['src/extension'],
];
const ROOMS = LAYERS.flatMap((rooms, row) => rooms.map((room) => ({ room, row }))).toSorted(
  (a, b) => b.room.length - a.room.length,
);
const ROOTS: Record<string, string> = { '#hooks': 'hooks', '#webview': 'webview-ui' };
const IMPORT = /(?:from\s+|import\s+|import\(\s*)'((?:#|\.)[^']+\.tsx?)'/g;

const files = ['src', 'hooks', 'webview-ui'].flatMap((folder) =>
  readdirSync(join(repoRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name)),
);
const roomOf = (file: string) => ROOMS.find(({ room }) => file === room || file.startsWith(`${room}/`));

/** The product's files that a file imports; dynamic and type imports count. */
function importsOf(file: string): string[] {
  const imports = [...readFileSync(join(repoRoot, file), 'utf8').matchAll(IMPORT)].map(([, name = '']) => name);
  return imports.map((name) =>
    name.startsWith('.')
      ? join(dirname(file), name)
      : name.replace(/^#\w+/, (root) => ROOTS[root] ?? `src/${root.slice(1)}`),
  );
}

test('no file imports from a room of its own row or above', () => {
  const upward = files.flatMap((file) => {
    const from = roomOf(file);
    return importsOf(file)
      .filter((imported) => {
        const to = roomOf(imported);
        return from === undefined || to === undefined || (from.room !== to.room && to.row >= from.row);
      })
      .map((imported) => `${file} -> ${imported}`);
  });
  expect(files.length).toBeGreaterThan(200);
  expect(upward).toEqual([]);
});

test('no files import each other in a circle', () => {
  const done = new Set<string>();
  const circleFrom = (file: string, path: string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    const circle = files.includes(file)
      ? importsOf(file)
          .map((imported) => circleFrom(imported, [...path, file]))
          .find(Boolean)
      : undefined;
    done.add(file);
    return circle;
  };
  expect(files.map((file) => circleFrom(file, [])).filter(Boolean)).toEqual([]);
});

test('imports between folders are package imports, so that a file moves without its import lines', () => {
  const relative = files.filter((file) => /from '\.\.\/.*\.tsx?'/.test(readFileSync(join(repoRoot, file), 'utf8')));
  expect(relative).toEqual([]);
});

test('the server of several machines is known to the link alone', () => {
  const importing = files.filter((file) => readFileSync(join(repoRoot, file), 'utf8').includes("from '@nats-io/"));
  expect(importing).toEqual(['src/bridge/natsLink.ts', 'src/bridge/natsOptions.ts']);
});
