/** The line that `fermata worker --stdin` prints once the worker has a runner on its machine. */
export const ATTACHED = 'attached';
