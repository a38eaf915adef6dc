import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { homePaths, sessionDir } from '#core/base/paths.ts';
import { createLog } from '#core/log/append.ts';
import { raiseAnswer } from '#core/session/flags.ts';
import { publish } from '#core/session/publish.ts';
import { onPermissionRequest } from '#hooks/handlers/permissionRequest.ts';
import { HookContext } from '#hooks/hookContext.ts';
import type { Outcome } from '#hooks/outcome.ts';
import { SessionWriter } from '#hooks/sessionWriter.ts';
import type { HookPayload } from '#protocol/payload.ts';
import { eventsOf } from '#test/lib/readSession.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

let home: string;
let dir: string;
const now = (): number => Date.now();

beforeEach(() => {
  home = join(tempDir(), '.fermata');
  dir = sessionDir(home, 's1');
  createLog(dir, now());
  publish(dir, now(), { t: 'session', session: 's1', cwd: home });
  settings({ permissions: 'answer' });
});

const settings = (values: object): void => writeFileSync(homePaths(home).settings, JSON.stringify(values));
const CALL = { tool_name: 'Bash', tool_input: { command: 'npm publish' } };

/** What becomes of a request for permission, in a hook whose time-out is so many seconds. */
async function requested(fields: Partial<HookPayload> = CALL, timeoutSeconds = 600): Promise<Outcome> {
  const environment = { home, env: {}, now, timeoutSeconds };
  const session = await new SessionWriter(dir, environment).open(async () => undefined);
  const payload: HookPayload = { session_id: 's1', hook_event_name: 'PermissionRequest', cwd: home, ...fields };
  return onPermissionRequest(new HookContext(payload, environment, session, false), session);
}

/** The request that waits. */
async function asked(): Promise<string> {
  await waitFor(() => eventsOf(dir, 'ask').length === 1, { describe: 'the request' });
  return String(eventsOf(dir, 'ask')[0]?.['ask']);
}

test.each<['allow' | 'deny', string, object, object]>([
  ['allow', '', { allow: true }, {}],
  ['allow', 'go on', { allow: true }, { word: 'go on' }],
  ['deny', 'not today', { block: 'not today' }, { word: 'not today' }],
  ['deny', '', { block: 'The person at the keyboard does not allow this.' }, {}],
])('the person’s %s with the comment %j is the answer, once', async (decision, comment, answer, word) => {
  const outcome = requested();
  const ask = await asked();
  expect(eventsOf(dir, 'ask')).toMatchObject([{ tool: 'Bash', summary: 'npm publish', answerable: true }]);
  raiseAnswer(dir, ask, { decision, comment });
  expect(await outcome).toEqual({ answer });
  expect(eventsOf(dir, 'answer')).toMatchObject([{ ask, decision, by: 'user', ...word }]);
  expect('word' in (eventsOf(dir, 'answer')[0] ?? {})).toBe(comment !== '');
});

test('one that was answered elsewhere needs no answer here', async () => {
  const outcome = requested();
  publish(dir, now(), { t: 'answer', ask: await asked(), decision: 'allow', by: 'user' });
  expect(await outcome).toEqual({ answer: {} });
  expect(eventsOf(dir, 'answer')).toHaveLength(1);
});

test.each([5.1, 5, 1])('it ends before the time-out of %s seconds, and is not answerable any more', async (seconds) => {
  expect(await requested(CALL, seconds)).toEqual({ answer: {} });
  expect(eventsOf(dir, 'answer')).toMatchObject([{ decision: 'gone', by: 'conductor' }]);
});

test.each(['AskUserQuestion', 'ExitPlanMode'])('%s is answered in the terminal alone', async (tool) => {
  const { events } = await requested({ tool_name: tool, tool_input: {} });
  expect(events).toMatchObject([{ t: 'ask', tool }]);
  expect(events?.[0]).toMatchObject({ answerable: undefined });
});

test('a request of an agent has its name, and with the setting off makes nobody wait', async () => {
  settings({ permissions: 'show' });
  publish(dir, now(), { t: 'spawn', worker: 'a1', kind: 'subagent', parent: 'conductor' });
  const { events } = await requested({ ...CALL, agent_id: 'a1' });
  expect(events).toMatchObject([{ t: 'ask', worker: 'a1', summary: 'npm publish' }]);
  settings({ permissions: 'off' });
  expect(await requested({ ...CALL, agent_id: 'a1' })).toEqual({});
  expect(await requested()).toEqual({ events: [{ t: 'turn', state: 'waiting' }] });
});

test('without a call there is nothing to ask', async () => {
  expect(await requested({})).toEqual({ keepNotes: true });
});
