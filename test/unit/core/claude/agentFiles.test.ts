import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { backgroundTasks, reportedEnd, taskEnd } from '#core/claude/backgroundTasks.ts';
import { agentFacts, callerOf, isTeammateId, subagentTranscript, WORKFLOW_AGENT } from '#core/claude/subagents.ts';
import { parseJournal, runStatus, workflowName, workflowRuns } from '#core/claude/workflows.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let dir: string;
let transcript: string;
beforeEach(() => {
  dir = tempDir();
  transcript = join(dir, 's1.jsonl');
});

function write(path: string, text: string): void {
  const file = join(dir, 's1', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const RUN = 'wf_d6a3149b-f49';
const started = (agentId: string, more: object = {}): string =>
  JSON.stringify({ type: 'started', key: 'v2:18', agentId, ...more });
const result = (agentId: string, text: string): string =>
  JSON.stringify({ type: 'result', key: 'v2:18', agentId, result: text, toolsUsed: ['Bash'] });
const journal = (...lines: string[]): void =>
  write(`subagents/workflows/${RUN}/journal.jsonl`, `${lines.join('\n')}\n`);

describe('what Claude Code writes about an agent', () => {
  test('one that Claude has started, one that an agent has started, and since when the latter is known', () => {
    write(
      'subagents/agent-a1.meta.json',
      '{"agentType":"Explore","description":"look","toolUseId":"t1","spawnDepth":1}',
    );
    write(
      'subagents/agent-a2.meta.json',
      '{"agentType":"Explore","description":"deep","toolUseId":"t2","parentAgentId":"a1","spawnDepth":2,"requestShape":"foreground","finished":true}',
    );
    write('subagents/agent-a3.meta.json', '{"description":"older","toolUseId":"t3","spawnDepth":2}');
    expect(agentFacts(transcript, 'a1')).toMatchObject({
      task: 'look',
      kind: 'Explore',
      parent: undefined,
      nested: undefined,
    });
    expect(agentFacts(transcript, 'a2')).toMatchObject({
      parent: 'a1',
      nested: true,
      foreground: true,
      finished: true,
    });
    expect(agentFacts(transcript, 'a3')).toMatchObject({ parent: undefined, nested: true, call: 't3' });
    write('subagents/agent-a1.jsonl', '{"message":{"content":[{"type":"tool_use","id":"t3"}]}}\n');
    expect(callerOf(transcript, 't3', ['a2', 'a1'])).toBe('a1');
    expect(callerOf(transcript, 't4', ['a2', 'a1'])).toBeUndefined();
  });

  test('an agent of a workflow: by the journal at its start, by its meta file a moment later', () => {
    journal('{"type":"launched"}', started('a9', { label: 'first', phase: 'One' }));
    expect(agentFacts(transcript, 'a9', WORKFLOW_AGENT)).toMatchObject({ task: 'first', phase: 'One', parent: RUN });
    expect(agentFacts(transcript, 'a8', WORKFLOW_AGENT)).toBeUndefined();
    const meta = '{"agentType":"workflow-subagent","description":"named","workflowPhase":"Two","inWorkflowRun":true}';
    write(`subagents/workflows/${RUN}/agent-a9.meta.json`, meta);
    write(`subagents/workflows/${RUN}/agent-a9.jsonl`, '');
    expect(agentFacts(transcript, 'a9', WORKFLOW_AGENT)).toMatchObject({ task: 'named', phase: 'Two', parent: RUN });
    expect(subagentTranscript(transcript, 'a9')).toBe(join(dir, 's1/subagents/workflows', RUN, 'agent-a9.jsonl'));
  });

  test.each(['', '{"agentType":', '[1]', 'null', '"text"', `{"description":7,"parentAgentId":{},"spawnDepth":"2"}`])(
    'a meta file %j says nothing and harms nothing',
    (text) => {
      write('subagents/agent-a1.meta.json', text);
      const { task, parent, nested } = agentFacts(transcript, 'a1') ?? {};
      expect([task, parent, nested]).toEqual([undefined, undefined, undefined]);
    },
  );

  test('a file that is too large, a link, and an id that is a path are not read', () => {
    write('subagents/agent-a1.meta.json', JSON.stringify({ description: 'x'.repeat(2_000_000) }));
    expect(agentFacts(transcript, 'a1')).toBeUndefined();
    write('elsewhere.json', '{"description":"secret"}');
    symlinkSync(join(dir, 's1/elsewhere.json'), join(dir, 's1/subagents/agent-a2.meta.json'));
    expect(agentFacts(transcript, 'a2')).toBeUndefined();
    write('x.meta.json', '{"description":"secret"}');
    expect(agentFacts(transcript, '/../../x')).toBeUndefined();
    expect(subagentTranscript(transcript, '../../s1')).toBeUndefined();
    write('subagents/agent-a3.meta.json', '{"description":"d","parentAgentId":"../../etc/passwd"}');
    expect(agentFacts(transcript, 'a3')).toMatchObject({ task: 'd', parent: undefined });
    expect(agentFacts(join(dir, 's1'), 'a3')).toBeUndefined();
  });

  test('a teammate is known by its id', () => {
    expect(['ascout-42ba674eb0a8dfae', 'abd0cd09c4e062b21', 'a-b'].map(isTeammateId)).toEqual([true, false, false]);
  });
});

describe('the journal of a workflow', () => {
  test('has its agents, their phases and who is done', () => {
    const { agents, phase } = parseJournal(
      ['{"type":"launched"}', started('a1', { label: 'one', phase: 'P1' }), started('a2'), result('a1', 'ok'), ''].join(
        '\n',
      ),
    );
    expect(phase).toBe('P1');
    expect([...agents]).toEqual([
      ['a1', { label: 'one', phase: 'P1', ended: true }],
      ['a2', { label: undefined, phase: undefined, ended: false }],
    ]);
  });

  test('torn, of an unknown shape, with hostile ids: what is understood counts', () => {
    const lines = [
      '{"type":"started","agentId":"a',
      '[]',
      '{',
      started('../x'),
      started('a1'),
      '\0\0',
      'null',
      result('zz', 'x'),
    ];
    expect([...parseJournal(lines.join('\n')).agents.keys()]).toEqual(['a1']);
  });

  test('a long one is read without decoding its results, and has a bound', () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `${started(`a${i}`)}\n${result(`a${i}`, 'r'.repeat(2000))}`);
    const { agents } = parseJournal(lines.join('\n'));
    expect(agents.size).toBe(2000);
    expect(agents.get('a7')?.ended).toBe(true);
  });

  test('the name of a run, and how it has ended, are in files of their own', () => {
    journal(started('a1'));
    mkdirSync(join(dir, 's1/subagents/workflows/not-a-run'));
    expect(workflowRuns(transcript)).toEqual([RUN]);
    expect(workflowName(transcript, RUN)).toBeUndefined();
    write(`workflows/scripts/wf-demo-${RUN}.js`, '');
    expect(workflowName(transcript, RUN)).toBe('wf-demo');
    expect(runStatus(transcript, RUN)).toBeUndefined();
    write(`workflows/${RUN}.json`, '{"status":"failed"');
    expect(runStatus(transcript, RUN)).toBe('completed');
    write(`workflows/${RUN}.json`, '{"status":"failed","workflowProgress":[]}');
    expect(runStatus(transcript, RUN)).toBe('failed');
  });
});

describe('background tasks', () => {
  test('a list of what runs, of any type', () => {
    const list = [
      { id: 'abd0cd09c4e062b21', type: 'subagent', status: 'running', description: 'x', agent_type: 'general-purpose' },
      { id: 'bwv4icblf', type: 'shell', status: 'completed', description: 'd', command: 'sleep 2' },
      { id: '../x', type: 'shell' },
      7,
      null,
    ];
    expect(backgroundTasks(list)).toEqual([
      { id: 'abd0cd09c4e062b21', type: 'subagent', task: 'x', command: undefined, ended: undefined },
      { id: 'bwv4icblf', type: 'shell', task: 'd', command: 'sleep 2', ended: 'completed' },
    ]);
    expect(backgroundTasks(undefined)).toBeUndefined();
  });

  test('the end of one, in a prompt and in a transcript', () => {
    const prompt =
      '<task-notification>\n<task-id>b1</task-id>\n<status>killed</status>\n<summary>Agent "errand" was stopped by Claude</summary>\n</task-notification>';
    const end = { id: 'b1', status: 'killed', summary: 'Agent "errand" was stopped by Claude' };
    expect(taskEnd(prompt)).toEqual(end);
    expect(taskEnd(`Look at this: ${prompt}`)).toBeUndefined();
    expect(taskEnd('<task-notification><task-id>../x</task-id><status>s</status>')).toBeUndefined();
    expect(taskEnd('<task-notification><summary>Stop hook feedback</summary></task-notification>')).toBeUndefined();
    writeFileSync(transcript, `${JSON.stringify({ attachment: { prompt } })}\n{"type":"torn`);
    expect(reportedEnd(transcript, 'b1')).toEqual(end);
    expect(reportedEnd(transcript, 'b2')).toBeUndefined();
    expect(reportedEnd(join(dir, 'none.jsonl'), 'b1')).toBeUndefined();
  });
});
