import type { WindowMemory } from '#extension/sessions/boardChoices.ts';

/** What a window remembers, in memory: as the editor does, it keeps values as JSON. */
export function windowMemory(): WindowMemory {
  const values = new Map<string, string>();
  return {
    get: (key) => JSON.parse(values.get(key) ?? 'null') as unknown,
    update: async (key, value) => void values.set(key, JSON.stringify(value)),
  };
}
