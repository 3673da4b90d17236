/** The page's style: calm, in light and dark, from a narrow phone to a wide screen, with no outside resource. */
export const PAGE_STYLE: string = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#faf9f7, #101214);
  --card: light-dark(#ffffff, #171a1d);
  --ink: light-dark(#1d1c1a, #e9e7e3);
  --soft: light-dark(#65615b, #a09c95);
  --line: light-dark(#e6e2da, #282c30);
  --code: light-dark(#f4f2ed, #0c0e10);
  --accent: light-dark(#0b6e66, #5cc9bb);
  --wash: light-dark(#0b6e6614, #5cc9bb1f);
  --error: light-dark(#b91c1c, #ff7a72);
  --warn: light-dark(#8a5a00, #e5b567);
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
a { color: inherit; text-decoration-color: var(--line); text-underline-offset: .2em; }
a:hover { text-decoration-color: currentColor; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.page { max-width: 70rem; margin: 0 auto; padding: 1.25rem clamp(1rem, 4vw, 2.5rem) 4rem; }
header { display: flex; align-items: center; gap: .75rem; flex-wrap: wrap; }
header svg { width: 1.75rem; height: 1.75rem; color: var(--accent); flex: none; }
.name { font-weight: 650; letter-spacing: -.01em; font-size: 1.125rem; }
.pill {
  margin-left: auto; display: inline-flex; align-items: center; gap: .5rem; padding: .2rem .75rem;
  border: 1px solid var(--line); border-radius: 999px; font-size: .875rem; color: var(--soft); background: var(--card);
}
.pill::before { content: ""; width: .5rem; height: .5rem; border-radius: 50%; background: var(--accent); }
.pill[data-state="starting"]::before { background: var(--warn); animation: breathe 1.8s ease-in-out infinite; }
.pill[data-state="lost"]::before { background: var(--error); }
.hero { padding: clamp(2rem, 7vw, 4.5rem) 0 1.5rem; }
h1 { margin: 0; font-size: clamp(1.875rem, 5.2vw, 3.25rem); line-height: 1.1; letter-spacing: -.025em; font-weight: 620; text-wrap: balance; }
.lead { margin: .9rem 0 0; color: var(--soft); font-size: clamp(1rem, 1.6vw, 1.125rem); max-width: 44rem; overflow-wrap: anywhere; }
h2 { margin: 0 0 .9rem; font-size: .9375rem; font-weight: 600; }
h2 small { color: var(--soft); font-weight: 400; font-size: .875rem; margin-left: .4rem; }
section { margin-top: 2.25rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; }
.rate { padding: 1rem 1.1rem 1.1rem; }
.rate p { margin: 0; display: flex; justify-content: space-between; gap: 1rem; font-size: .875rem; color: var(--soft); }
.rate b { color: var(--ink); font-weight: 600; font-variant-numeric: tabular-nums; }
.rate svg { display: block; width: 100%; height: 5rem; margin-top: .5rem; overflow: visible; }
.rate svg { border-bottom: 1px solid var(--line); }
.rate .area { fill: var(--wash); }
.rate .line { fill: none; stroke: var(--accent); stroke-width: 1.75; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.tiles { display: flex; flex-wrap: wrap; gap: 1px; margin: .9rem 0 0; overflow: hidden; background: var(--line); }
.tiles div { flex: 1 1 9rem; background: var(--card); padding: .9rem 1.1rem; }
.tiles dt { color: var(--soft); font-size: .8125rem; }
.tiles dd { margin: .1rem 0 0; font-size: 1.375rem; font-weight: 600; letter-spacing: -.01em; font-variant-numeric: tabular-nums; }
.tiles .bad dd { color: var(--error); }
.columns { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0; }
@media (min-width: 60rem) { .columns { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 2.5rem; align-items: start; } }
.chips { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; margin: 0; padding: 0; }
.chips a {
  display: inline-flex; align-items: center; gap: .5rem; max-width: 100%; padding: .3rem .75rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 999px; text-decoration: none; font-size: .9375rem; overflow-wrap: anywhere;
}
.chips a:hover { border-color: var(--soft); }
i { flex: none; width: .625rem; height: .625rem; border-radius: 3px; display: inline-block; background: var(--c); }
.c0 { --c: light-dark(#2f5fd0, #6f9bff); } .c1 { --c: light-dark(#b4540a, #f0a35e); }
.c2 { --c: light-dark(#0b7a52, #4fc792); } .c3 { --c: light-dark(#8a3fb0, #c78bec); }
.c4 { --c: light-dark(#a3195b, #f08ab4); } .c5 { --c: light-dark(#0a7285, #4fc3d9); }
.c6 { --c: light-dark(#6d6a12, #c9c35a); } .c7 { --c: light-dark(#4d4d8f, #9fa0e8); }
.c8 { --c: light-dark(#7a4b2a, #c99a75); } .c9 { --c: light-dark(#4e6156, #a3b5a9); }
.rows { list-style: none; margin: 0; padding: 0; overflow: hidden; }
.rows li + li { border-top: 1px solid var(--line); }
.rows a { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: .1rem .7rem; align-items: center; padding: .7rem 1.1rem; text-decoration: none; }
.rows a:hover { background: var(--wash); }
.rows .what { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.rows .what span, .rows .more { color: var(--soft); }
.rows .took { font-variant-numeric: tabular-nums; font-size: .9375rem; }
.rows .more { grid-column: 2 / 4; font-size: .8125rem; }
.rows .failed { color: var(--error); }
.chips .empty { padding: .3rem 0; }
.rows .empty { padding: .9rem 1.1rem; }
.empty { margin: 0; color: var(--soft); }
.tabs { overflow: hidden; }
.tabs > input { position: absolute; opacity: 0; pointer-events: none; }
.tabs > label { display: inline-block; padding: .7rem .2rem; margin: 0 .9rem; font-size: .9375rem; color: var(--soft); cursor: pointer; border-bottom: 2px solid transparent; }
.tabs > label:hover { color: var(--ink); }
.tabs > input:checked + label { color: var(--ink); border-color: var(--accent); }
.tabs > input:focus-visible + label { outline: 2px solid var(--accent); outline-offset: -3px; border-radius: 6px; }
.tabs > div { display: none; border-top: 1px solid var(--line); }
#tab-sdk:checked ~ .sdk, #tab-collector:checked ~ .collector, #tab-curl:checked ~ .curl, #tab-ask:checked ~ .ask { display: block; }
.tabs p { margin: 0; padding: .9rem 1.1rem 0; color: var(--soft); font-size: .9375rem; }
.copy { position: relative; }
pre { margin: .8rem 1.1rem 1.1rem; padding: .9rem 1rem; background: var(--code); border: 1px solid var(--line); border-radius: 10px; overflow-x: auto; font: .8125rem/1.6 ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, monospace; tab-size: 2; }
code { font-family: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, monospace; font-size: .875em; }
.copy button { position: absolute; top: .5rem; right: 1.6rem; padding: .15rem .6rem; font: inherit; font-size: .8125rem; color: var(--soft); background: var(--card); border: 1px solid var(--line); border-radius: 7px; cursor: pointer; }
.copy button:hover { color: var(--ink); border-color: var(--soft); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .9375rem; }
th, td { text-align: left; padding: .6rem 1.1rem; white-space: nowrap; }
th { font-weight: 400; color: var(--soft); font-size: .8125rem; }
tbody tr { border-top: 1px solid var(--line); }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td.error { color: var(--error); white-space: normal; }
.notes { margin: .9rem 0 0; padding: .8rem 1.1rem; list-style: none; color: var(--warn); font-size: .9375rem; overflow-wrap: anywhere; }
footer { margin-top: 3rem; padding-top: 1.1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .875rem; display: flex; flex-wrap: wrap; gap: .4rem 1.4rem; }
footer span { margin-left: auto; overflow-wrap: anywhere; }
@keyframes breathe { 50% { opacity: .3; } }
@media (max-width: 40rem) {
  .tabs > label { margin: 0 .55rem; }
  pre { margin-inline: .7rem; }
  .copy button { right: 1.2rem; }
  footer span { margin-left: 0; width: 100%; }
}
@media (prefers-reduced-motion: reduce) { * { animation: none !important; } }
`;
