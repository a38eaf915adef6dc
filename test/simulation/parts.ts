// What the invariants of the simulation need of the programs themselves, in their bundle: they fold with the same code.
export { LineReader } from '#core/log/lineReader.ts';
export { reduce } from '#core/fold/reduce.ts';
export { emptyState } from '#core/fold/state.ts';
export { encodeState } from '#core/fold/stateCodec.ts';
export { armedEvents } from '#core/session/armed.ts';
export { SessionLog } from '#core/session/sessionLog.ts';
export { BoundedLog } from '#runner/boundedLog.ts';
