import { build, type Plugin } from 'esbuild';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

interface Program {
  begun: number;
  play: () => Promise<string[]>;
  isTrouble: (error: unknown) => boolean;
}

const SOURCES = {
  'program.ts': `
    import { count } from './state.ts';
    import { Trouble } from './trouble.ts';
    export const begun = count();
    export const isTrouble = (error: unknown): boolean => error instanceof Trouble;
    export const play = async (): Promise<string[]> => [(await import('./first.ts')).first(), (await import('./second.ts')).second()];
  `,
  'state.ts': 'let counted = 0; export const count = (): number => ++counted;',
  'trouble.ts': 'export class Trouble extends Error {}',
  'kept.ts':
    "const kept: string[] = []; export const keep = (name: string): string => (kept.push(name), kept.join('+'));",
  'first.ts': `
    import { keep } from './kept.ts';
    import { count } from './state.ts';
    export const first = (): string => keep('first') + count();
  `,
  'second.ts': `
    import { keep } from './kept.ts';
    import { count } from './state.ts';
    import { Trouble } from './trouble.ts';
    export const second = (): string => { keep('second' + count()); throw new Trouble(keep('third')); };
  `,
};

test('parts are loaded when they are come to, and share state and classes with the start and with each other', async () => {
  const dir = tempDir('fermata-parts-');
  const outdir = join(dir, 'dist');
  for (const [name, text] of Object.entries(SOURCES)) writeFileSync(join(dir, name), text);
  const plugin = new URL('../../../build/inParts.mjs', import.meta.url).href;
  const { inParts } = (await import(plugin)) as { inParts: Plugin };
  const options = { bundle: true, minify: true, platform: 'node', target: 'node20', metafile: true } as const;
  const { metafile } = await build({
    ...options,
    entryPoints: [join(dir, 'program.ts')],
    outdir,
    chunkNames: 'program/[name]-[hash]',
    plugins: [inParts],
  });

  const require = createRequire(join(dir, 'test.js'));
  const loaded = (): string[] => Object.keys(require.cache).filter((path) => path.startsWith(outdir));
  const program = require(join(outdir, 'program.js')) as Program;
  expect(program.begun).toBe(1);
  expect(loaded()).toEqual([join(outdir, 'program.js')]);

  const error: unknown = await program.play().catch((thrown: unknown) => thrown);
  expect(program.isTrouble(error)).toBe(true);
  // one counter, one list: the first part counted 2 and kept the first word
  expect((error as Error).message).toBe('first+second3+third');

  const parts = readdirSync(join(outdir, 'program'));
  expect(parts.filter((name) => /^(first|second)-/.test(name))).toHaveLength(2);
  for (const name of parts) expect(readFileSync(join(outdir, 'program', name), 'utf8')).not.toContain('extends Error');
  const [, start] = Object.entries(metafile.outputs).find(([path]) => path.endsWith('program.js')) ?? [];
  expect(Object.keys(start?.inputs ?? {}).map((path) => path.split('/').at(-1))).toContain('trouble.ts');
});
