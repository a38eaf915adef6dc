/** What a person can have held once: the next call of that kind. */
export const HOLDS = ['bash', 'merge', 'edit', 'all'] as const;
export type Hold = (typeof HOLDS)[number];
