import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { followTranscript } from '#core/claude/transcript/sessionTranscript.ts';
import { withTranscript } from '#core/claude/transcript/transcriptView.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { fold } from '#test/unit/core/fold/world.ts';
import { assistant, call, line } from './entries.ts';

afterAll(removeTempDirs);

const RUN = 'wf_d6a3149b-f49';

test('agents of every kind are followed: those of a workflow in its folder, and what they are for once that is written', () => {
  const dir = tempDir();
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  const works = line(assistant([call('c1', 'Bash', { command: 'npm test' })]));
  write('s1.jsonl', works);
  const transcript = followTranscript(join(dir, 's1.jsonl'));
  const read = (): Record<string, unknown> => {
    transcript.read(() => true);
    return Object.fromEntries(
      [...transcript.agents].map(([id, { task, parent, phase }]) => [id, [task, parent, phase]]),
    );
  };
  expect(read()).toEqual({});
  write('s1/subagents/agent-a1.jsonl', works);
  write(`s1/subagents/workflows/${RUN}/agent-a9.jsonl`, works);
  write('s1/subagents/workflows/elsewhere/agent-a8.jsonl', works);
  write('s1/subagents/agent-a1.meta.json', '{"description":"inner","parentAgentId":"a0"}');
  write(
    `s1/subagents/workflows/${RUN}/journal.jsonl`,
    '{"type":"started","agentId":"a9","label":"first","phase":"One"}\n',
  );
  expect(read()).toEqual({ a1: ['inner', 'a0', undefined], a9: ['first', RUN, 'One'] });
  expect(transcript.agents.get('a9')?.state.calls.size).toBe(1);

  write('s1/subagents/agent-a2.jsonl', works);
  expect(read()['a2']).toEqual([undefined, undefined, undefined]);
  write('s1/subagents/agent-a2.meta.json', '{"description":"later"}');
  expect(read()['a2']).toEqual(['later', undefined, undefined]);
});

test('who has started an agent is shown before a hook has recorded it', () => {
  const { workers } = fold([{ t: 'spawn', worker: 'a1', kind: 'subagent', parent: 'conductor' }]);
  const worker = workers.get('a1');
  const dir = tempDir();
  writeFileSync(join(dir, 's1.jsonl'), line(assistant([])));
  const transcript = followTranscript(join(dir, 's1.jsonl'));
  transcript.read(() => true);
  expect(worker && withTranscript(worker, { state: transcript.main, parent: 'a0' }).parent).toBe('a0');
  expect(worker && withTranscript(worker, { state: transcript.main }).parent).toBe('conductor');
});
