/** Holds up this thread for so many ms: for a program that has nothing else to do until then. */
export const sleepSync = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
