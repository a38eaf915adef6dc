import { afterEach, beforeEach, expect, test } from 'vitest';
import { processFacts, processFindings, type ProcessFacts } from '#core/install/doctor/processFindings.ts';

const { platform } = process;
const beOn = (name: string): void =>
  void Object.defineProperty(process, 'platform', { value: name, configurable: true });
beforeEach(() => beOn(platform));
afterEach(() => beOn(platform));

test.runIf(platform === 'linux')('what ps shows on macOS, and /proc on Linux', () => {
  const all = { startTimes: true, environments: true };
  expect(processFacts()).toEqual({ platform: 'linux', by: 'proc', ...all });
  beOn('darwin');
  expect(processFacts()).toEqual({ platform: 'darwin', by: 'ps', ...all });
});

test.each<[string, ProcessFacts, string[]]>([
  ['nothing of Linux', { platform: 'linux', by: 'proc', startTimes: true, environments: true }, []],
  [
    'of a Mac what does not work',
    { platform: 'darwin', by: 'ps', startTimes: true, environments: true },
    [
      'ok: Processes are seen by ps; an idle session is woken in a terminal',
      'ok: An abort does not find a program of the',
    ],
  ],
  [
    'of a ps with few columns what it lacks',
    { platform: 'darwin', by: 'ps', startTimes: false, environments: false },
    ['ok: Processes are seen by ps', 'warn: ps does not show when', 'ok: An abort does not find a process'],
  ],
  [
    'where there is no ps',
    { platform: 'darwin', by: 'nothing', startTimes: false, environments: false },
    ['warn: This system shows no processes'],
  ],
  [
    'of Windows',
    { platform: 'win32', by: 'nothing', startTimes: false, environments: false },
    ['ok: Windows: an idle session is not woken'],
  ],
])('it says %s', (_name, facts, expected) => {
  const found = processFindings(facts);
  expect(found.map(({ level, text }, n) => `${level}: ${text}`.slice(0, expected[n]?.length))).toEqual(expected);
});
