/** What the bundler turns into something else than a module of code. */
declare module '*.css' {}
declare module '*.svg' {
  /** The icon's source text, fixed when the panel is built. */
  const source: string;
  // oxlint-disable-next-line import/no-default-export -- the bundler's text loader exports the default
  export default source;
}
