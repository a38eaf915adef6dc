let count = 0;

type When = Record<string, unknown> & {
  /** Seconds after the beginning of 2026. */
  at?: number;
};

const base = (type: string, at: number): object => ({
  type,
  sessionId: 'S',
  cwd: '/p',
  timestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, at)).toISOString(),
});

/** One line of a transcript. */
export const line = (entry: object): string => `${JSON.stringify(entry)}\n`;

export const prompt = (text: string, { at = 0 }: When = {}): object => ({
  ...base('user', at),
  message: { role: 'user', content: text },
});

/** A message of Claude with the given blocks. */
export const assistant = (content: object[], { at = 0, ...more }: When = {}): object => ({
  ...base('assistant', at),
  message: { id: `m${++count}`, content, model: 'claude-x', stop_reason: 'tool_use', usage: {}, ...more },
});

export const said = (text: string, when?: When): object => assistant([{ type: 'text', text }], when);

export const call = (id: string, name: string, input: object): object => ({ type: 'tool_use', id, name, input });

export const result = (
  id: string,
  content: unknown,
  { at = 0, failed = false }: When & { failed?: boolean } = {},
): object => ({
  ...base('user', at),
  message: { content: [{ type: 'tool_result', tool_use_id: id, content, is_error: failed }] },
});
