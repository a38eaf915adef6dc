import { existsSync } from 'node:fs';

const LIBRARY = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/faketime/libfaketime.so.1',
].find((path) => existsSync(path));

/** Whether a program can be given a clock that is wrong (libfaketime). */
export const canMoveClock = LIBRARY !== undefined;

/** The variables by which the clock of a program, and of all that it starts, is wrong by so many hours. What measures time is not touched. */
export const clockEnv = (hours: number): Record<string, string> =>
  hours === 0 || LIBRARY === undefined
    ? {}
    : { LD_PRELOAD: LIBRARY, FAKETIME: `${hours > 0 ? '+' : ''}${hours}h`, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
