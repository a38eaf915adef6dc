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
.timeline { width: 100%; height: auto; } svg text { fill: currentColor; font-size: 11px; }
.name { text-anchor: end; } .time { text-anchor: middle; opacity: .7; } .tick { stroke: var(--line); }
.t-working, .t-running { fill: var(--run); } .t-idle { fill: none; stroke: var(--off); }
.t-planned, .t-starting { fill: none; stroke: var(--run); stroke-dasharray: 3 2; }
.t-waiting { fill: url(#p-waiting); } .t-held { fill: url(#p-held); } .t-denied { fill: url(#p-denied); }
.t-mixed { fill: url(#p-mixed); } .t-block { fill: var(--held); } .t-lock { fill: url(#p-lock); }
.ground { fill: var(--line); } .p-waiting .ink, .p-held .ink { fill: var(--held); } .p-denied .ink { fill: var(--bad); }
.p-mixed .ink { fill: var(--run); } .p-lock .ink { fill: var(--off); }
.m { fill: canvas; stroke: currentColor; stroke-width: 1.5; } .m-failed, .m-lost, .m-error, .m-refusal { stroke: var(--bad); }
.m-done { stroke: var(--ok); fill: none; } .handoff { stroke: currentColor; stroke-dasharray: 2 2; opacity: .6; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; list-style: none; }
.legend li { display: flex; gap: .35rem; align-items: center; } .legend svg { width: 20px; height: 14px; }
`);
