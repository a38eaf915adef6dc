/** A unique name for the `id` of a line or for a file. It is no secret: node:crypto would take milliseconds to load. */
export const nonce = (): string =>
  [process.pid, Date.now(), Math.random() * 2 ** 53, Math.random() * 2 ** 53].map((n) => n.toString(36)).join('');
