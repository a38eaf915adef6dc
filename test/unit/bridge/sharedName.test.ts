import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { SharedName } from '../../../src/bridge/sharedName.ts';
import { timeOfDay } from '#core/projection/names.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const startedTs = Date.UTC(2026, 10, 22, 14, 30);

test('the title that the person gave, also one of later; never Claude’s title or a prompt that is not recorded', () => {
  const transcript = join(tempDir(), 'session.jsonl');
  const line = (value: object): string => `${JSON.stringify(value)}\n`;
  const prompt = {
    type: 'user',
    message: { role: 'user', content: 'the secret plan' },
    uuid: 'a',
    timestamp: '2026-11-22T14:30:00Z',
  };
  writeFileSync(transcript, line(prompt) + line({ type: 'ai-title', aiTitle: 'Secret plans', sessionId: 's' }));
  const name = new SharedName();
  const plain = `shop ${timeOfDay(startedTs)}`;
  expect(name.of({ transcript, startedTs }, 'shop')).toBe(plain);
  appendFileSync(transcript, line({ type: 'custom-title', customTitle: 'Fix the rounding', sessionId: 's' }));
  expect(name.of({ transcript, startedTs }, 'shop')).toBe('Fix the rounding');
  // what is recorded is in the log, which is shared
  expect(new SharedName().of({ firstPrompt: 'round prices', startedTs }, 'shop')).toBe('round prices');
  expect(new SharedName().of({ transcript: join(transcript, 'none'), startedTs }, 'shop')).toBe(plain);
});
