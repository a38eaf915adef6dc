/** The functions that the build calls for JSX; esbuild injects this file into every file with JSX. */
export { Fragment, h } from 'preact';
