import { Html } from './markup.ts';

/** How the report looks; light and dark as the reader's system is. */
export const STYLE = new Html(`
:root { color-scheme: light dark; --line: #8884; --ok: #2e8540; --run: #1f6feb; --bad: #c93c37; --off: #8a8a8a; --held: #b76e00; }
body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } section { overflow-x: auto; }
th, td { text-align: start; vertical-align: top; padding: .25rem .5rem; border-bottom: 1px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere; }
th { white-space: nowrap; } td:first-child { white-space: nowrap; }
code { font-family: ui-monospace, monospace; } .none { color: var(--off); }
svg { width: 100%; height: auto; } svg text { fill: currentColor; font-size: 11px; }
.name { text-anchor: end; } .time { text-anchor: middle; opacity: .7; } .tick { stroke: var(--line); }
.bar { fill: var(--off); } .running, .starting, .waiting { fill: var(--run); } .done { fill: var(--ok); }
.failed, .lost { fill: var(--bad); } .standing { fill: var(--held); } .block { fill: var(--held); opacity: .45; }
.mark { fill: currentColor; stroke: canvas; }
`);
