import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { handedPlan, recordHandedPlan } from '#core/session/handedPlan.ts';
import { planProof } from '#core/session/planProof.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const plan = { run: 'R1', sha256: 'a'.repeat(64) };

function home(): { home: string; dir: string; file: string } {
  const root = join(tempDir(), '.fermata');
  const dir = join(root, 'sessions/s1');
  mkdirSync(join(dir, 'runs/R1'), { recursive: true });
  return { home: root, dir, file: join(dir, 'runs/R1/handed.json') };
}

test('a plan counts as handed over where a program with this home’s key has recorded it', () => {
  const own = home();
  expect(handedPlan(own.home, own.dir, plan)).toBeUndefined();
  recordHandedPlan(own.home, own.dir, plan, { cwd: '/data/project' });
  expect(handedPlan(own.home, own.dir, plan)).toMatchObject({ cwd: '/data/project' });
});

test('not for other bytes, another run, or with the proof of another home', () => {
  const own = home();
  recordHandedPlan(own.home, own.dir, plan, { cwd: '/data/project' });
  expect(handedPlan(own.home, own.dir, { ...plan, sha256: 'b'.repeat(64) })).toBeUndefined();
  mkdirSync(join(own.dir, 'runs/R2'));
  writeFileSync(join(own.dir, 'runs/R2/handed.json'), readFileSync(own.file));
  expect(handedPlan(own.home, own.dir, { ...plan, run: 'R2' })).toBeUndefined();
  const other = home();
  writeFileSync(own.file, JSON.stringify({ proof: planProof(other.home, other.dir, plan), cwd: '/' }));
  expect(handedPlan(own.home, own.dir, plan)).toBeUndefined();
});

test.each(['', '[]', '{"proof":7,"cwd":"/"}', '{"proof":"x"}', '{"cwd":"/"}'])('nor what is no record: %s', (text) => {
  const own = home();
  recordHandedPlan(own.home, own.dir, plan, { cwd: '/' });
  writeFileSync(own.file, text);
  expect(handedPlan(own.home, own.dir, plan)).toBeUndefined();
});
