/** Thrown through a simulated program whose process has ended: whatever catches it is met by it again at its next call. */
export const GONE: unique symbol = Symbol('the process has ended');
