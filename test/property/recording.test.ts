import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { createLog } from '#core/log/append.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { StateCache } from '#core/history/replay/stateCache.ts';
import { Recording } from '#core/history/replay/recording.ts';
import type { SessionState } from '#protocol/state.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { file } from './worlds.ts';

afterAll(removeTempDirs);

/** The panel's view of a state at the time of its last event. */
const shown = (state: SessionState): ViewModel =>
  structuredClone(toViewModel(state, { now: state.lastTs, silentSeconds: 1, id: 'session', live: true }));

const DAMAGE = Buffer.from('{"t":"done","wor\n');

test('for any order of seeks and any growth of the log between them, the past is what a live panel showed then', async () => {
  const dir = join(tempDir(), 'session');
  createLog(dir, Date.now());
  const { log: path } = sessionPaths(dir);
  let [seeks, states] = [0, 0];
  await fc.assert(
    fc.asyncProperty(
      file,
      fc.nat(1000),
      fc.array(fc.nat(1000), { maxLength: 12 }),
      fc.array(fc.nat(1000), { maxLength: 4 }),
      fc.constantFrom(1, 500, 3000, 1 << 20),
      async (bytes, cut, targets, tears, keepEvery) => {
        const lines = bytes.toString('latin1').match(/[^\n]*\n/g) ?? [];
        for (const tear of tears) lines.splice(1 + Math.floor((tear / 1001) * lines.length), 0, DAMAGE.toString());
        const allBytes = Buffer.from(lines.join(''));
        const at = Math.floor((cut / 1000) * allBytes.length);
        const live = new SessionLog(dir);
        const showed: ViewModel[] = [];
        let newest: ViewModel | undefined;
        const watch = (state: SessionState): void => {
          newest = shown(state);
          // the replay shows damage after an event later than the event itself
          showed[state.events] ??= newest;
        };

        writeFileSync(path, allBytes.subarray(0, at));
        live.refresh(watch);
        const kept = new StateCache(keepEvery, 0);
        const recording = await Recording.open(dir, kept);
        expect(await recording.read()).toBe('read');
        const seek = async (share: number): Promise<void> => {
          const event = Math.round((share / 1000) * recording.end.event);
          const state = await recording.stateAt(event);
          const wanted = event === recording.end.event ? newest : event === 0 ? undefined : showed[event];
          if (wanted !== undefined && state !== undefined) expect(shown(state)).toEqual(wanted);
          expect(recording.current.position.event).toBe(event);
          seeks++;
        };
        for (const target of targets.slice(0, 6)) await seek(target);
        appendFileSync(path, allBytes.subarray(at));
        live.refresh(watch);
        expect(await recording.read()).toBe('read');
        for (const target of targets.slice(6)) await seek(target);
        expect(recording.end.event).toBe(live.state.events);
        states += kept.count;
        await recording.close();
      },
    ),
    { numRuns: 200 },
  );
  expect(seeks).toBeGreaterThan(300);
  expect(states).toBeGreaterThan(300);
});
