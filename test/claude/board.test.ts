import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { SessionTranscript } from '#core/claude/transcript/sessionTranscript.ts';
import { boardOf } from '#core/projection/board.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import type { BoardView } from '#protocol/board.ts';
import type { LiveClaude } from '#test/lib/claude.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

let orchestra: Orchestra;
let claude: LiveClaude | undefined;
afterEach(async () => {
  await claude?.end();
  await orchestra?.close();
  removeTempDirs();
});

function board(): BoardView {
  const { state } = orchestra;
  const transcript = new SessionTranscript(state.session.transcript ?? '');
  transcript.read(() => true);
  const now = Date.now();
  const view = toViewModel(state, { now, silentSeconds: 120, id: 's1', live: true, transcript });
  return boardOf([view], { now, dayStartTs: 0, seenTs: () => undefined });
}

test('a turn that ends with a question is the person’s, with its words', async () => {
  const text = 'Two of the discounts can stack. Shall I fix that?';
  orchestra = await Orchestra.open(() => ({ text }));
  claude = orchestra.live();
  await claude.ask('explain how pricing works');
  const row = await waitFor(() => board().groups.yourTurn.find((each) => each.text !== undefined), {
    describe: 'its row with its words',
  });
  expect(row).toMatchObject({ name: 'explain how pricing works', text, asks: true });
});

test('what the person asked to hold is held beyond the time of a worker’s block, until they let it run', async () => {
  orchestra = await Orchestra.open(
    (turn) => {
      if (turn.lastToolResults.length > 0) return { text: `it said <${turn.lastToolResults[0]?.text}>` };
      orchestra.publish({ t: 'hook', worker: 'user', event: 'PreToolUse', exit: 2, message: 'look at it first' });
      return { tools: [{ name: 'Bash', input: { command: 'echo merged' } }] };
    },
    { settings: { 'hold.seconds': 1 } },
  );
  claude = orchestra.live();
  const result = claude.ask('merge it', 180_000);
  await orchestra.until('the held call', (state) => state.blocks.get('B1')?.holding.length === 1);
  await delay(5000);
  expect(orchestra.events.filter(({ t }) => t === 'denied')).toEqual([]);
  expect(board().groups.needsYou).toMatchObject([{ call: { state: 'held', summary: 'echo merged' } }]);
  orchestra.publish({ t: 'unblock', block: 'B1', by: 'user' });
  expect((await result).result).toContain('it said <merged');
});
