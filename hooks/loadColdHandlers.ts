/** What tool calls need only at times: a bundle of its own, loaded when somebody comes to it. */
export const loadColdHandlers = (): Promise<typeof import('./coldHandlers.ts')> => import('./coldHandlers.ts');
