/** What the bundler turns into something else than a module of code. */
declare module '*.css' {}
