/** The report page's style: one column, light and dark, narrow screens, and paper. */
export const reportStyle = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1d2733; --soft: #5a6675; --line: #dde3ea; --panel: #f4f6f8;
  --right: #17697f; --wrong: #b8432c; --transferred: #17697f; --baseline: #8a6d1f; --on-colour: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181d; --ink: #e4e9ee; --soft: #9ca8b5; --line: #2d353f; --panel: #1c2229;
    --right: #58b3c9; --wrong: #f0836a; --transferred: #58b3c9; --baseline: #d0ab4c; --on-colour: #0d1114;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
main { max-width: 1000px; margin: 0 auto; padding: 48px 24px 72px; }
h1 { font-size: clamp(25px, 3.6vw, 36px); line-height: 1.18; font-weight: 680; letter-spacing: -0.02em; margin: 0 0 14px; max-width: 24em; text-wrap: balance; overflow-wrap: anywhere; }
h2 { font-size: 20px; line-height: 1.3; letter-spacing: -0.01em; margin: 0 0 10px; }
section { margin-top: 52px; padding-top: 22px; border-top: 1px solid var(--line); }
p { margin: 0 0 12px; max-width: 70ch; text-wrap: pretty; }
.kicker { color: var(--soft); font-size: 14px; margin-bottom: 8px; max-width: none; overflow-wrap: anywhere; }
.lead { font-size: 18px; line-height: 1.5; max-width: 62ch; }
.soft, caption, figcaption, thead th, .range, .path, summary { color: var(--soft); }
.small, caption, figcaption { font-size: 14px; }

table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { caption-side: bottom; text-align: left; padding-top: 10px; }
.beside caption { caption-side: top; padding: 0 0 8px; } table + .small { margin-top: 12px; }
th { text-align: left; font-weight: 550; }
tbody th, tbody td:not(.number) { min-width: 7em; overflow-wrap: anywhere; }
thead th { font-weight: 500; font-size: 13px; line-height: 1.3; vertical-align: bottom; overflow-wrap: normal; }
th, td { padding: 7px 20px 7px 0; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; white-space: nowrap; }
thead .number { white-space: normal; }
.networks { margin-top: 26px; }
.networks th, .networks td { vertical-align: top; padding-top: 12px; padding-bottom: 12px; }
.networks thead th { vertical-align: bottom; padding-top: 0; padding-bottom: 6px; }
.networks tbody .number { line-height: 36px; }
.networks tbody th { line-height: 1.3; padding-top: 20px; }
.networks .accuracy { width: 40%; }
.big { font-size: 27px; line-height: 36px; font-weight: 650; letter-spacing: -0.02em; margin-right: 6px; white-space: nowrap; }
.range { font-size: 14px; white-space: nowrap; }
.classes td, .classes th { padding-top: 5px; padding-bottom: 5px; }
.classes .wide { width: 30%; }
.scroll { overflow-x: auto; } .scroll tbody th { overflow-wrap: break-word; } .confusion { max-width: 100%; height: auto; }

.transferred { --colour: var(--transferred); } .baseline { --colour: var(--baseline); }
svg { display: block; }
.interval text { font: 9px system-ui, sans-serif; fill: var(--soft); }
.interval { width: 100%; max-width: 340px; height: auto; margin-left: -5px; }
.track, .grid { stroke: var(--line); } .chance { stroke: var(--soft); stroke-dasharray: 2 3; }
.whisker { stroke: var(--colour); stroke-width: 1.6; fill: none; } .dot { fill: var(--colour); }
.confidence .dot { fill-opacity: .8; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)); gap: 24px 36px; }
.beside { display: flex; flex-wrap: wrap; gap: 24px 40px; align-items: flex-start; }
.beside > :last-child { flex: 1 1 260px; max-width: 640px; } .beside > :only-child { flex: none; } .beside > :has(> .scroll) { max-width: 100%; min-width: 0; } .hint { display: none; }
.beside > figure { flex: 0 1 320px; }
figure { margin: 0; } figcaption { margin-bottom: 6px; }
.curve { width: 100%; height: auto; overflow: visible; }
.curve text { font: 12px system-ui, sans-serif; fill: var(--soft); font-variant-numeric: tabular-nums; }
.curve .training, .curve .validation { fill: none; stroke: var(--colour); stroke-linejoin: round; }
.curve .training { stroke-width: 1.3; opacity: .6; } .curve .validation { stroke-width: 2.4; }
.sets { margin-top: 20px; }
.learning { max-width: 760px; } .band { fill: var(--colour); opacity: .16; } .single { fill: var(--colour); opacity: .45; } .ahead { fill: none; stroke: var(--colour); stroke-width: 2; stroke-dasharray: 6 4; }
.curve .best { fill: var(--paper); stroke: var(--colour); stroke-width: 2.2; } .curve .point { fill: var(--colour); }

.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(140px, 1fr)); gap: 26px 20px; padding: 0; margin: 18px 0 0; list-style: none; }
.gallery li { font-size: 14px; line-height: 1.4; min-width: 0; break-inside: avoid; }
.gallery img, .gallery .missing { display: block; width: 100%; height: auto; aspect-ratio: 1; border-radius: 6px; background: var(--panel); margin-bottom: 8px; }
.gallery .missing { display: grid; place-items: center; color: var(--soft); font-size: 13px; }
.gallery dl { display: grid; grid-template-columns: 2.4em 1fr; margin: 0; } .gallery dt { color: var(--soft); }
.gallery dd { margin: 0; font-weight: 550; overflow-wrap: anywhere; } .gallery .wrong { color: var(--wrong); }
.gallery .sure { font-weight: 400; white-space: nowrap; } .path { font-size: 12px; line-height: 1.35; margin: 4px 0 0; overflow-wrap: anywhere; }

.seen { padding: 0; margin: 18px 0 30px; list-style: none; } .seen li { margin-bottom: 22px; break-inside: avoid; } .seen .sure { color: var(--soft); white-space: nowrap; }
.altered { display: grid; grid-template-columns: repeat(7, minmax(0, 1fr)); gap: 6px; margin-top: 12px; } .altered img { display: block; width: 100%; height: auto; border-radius: 5px; } .altered img:first-child { outline: 2px solid var(--soft); outline-offset: 1px; }
.views { display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)); gap: 8px 10px; } .views figcaption { font-size: 13px; line-height: 1.35; color: var(--ink); margin: 5px 0 0; overflow-wrap: anywhere; } .views .wrong { color: var(--wrong); } .views .fault { display: block; font-weight: 400; }
.views img, .views .missing { display: block; width: 100%; height: auto; aspect-ratio: 1; object-fit: cover; border-radius: 6px; background: var(--panel); }

h3 { font-size: 16px; margin: 22px 0 10px; } .pairs { display: grid; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); gap: 20px; }
.pairs figure { display: grid; align-content: start; grid-template-columns: 1fr 1fr; gap: 6px 3px; } .pairs figcaption { grid-column: 1 / -1; font-size: 12px; line-height: 1.35; overflow-wrap: anywhere; }
.pairs img, .pairs .missing { width: 100%; height: auto; aspect-ratio: 1; background: var(--panel); display: grid; place-items: center; color: var(--soft); font-size: 13px; }
aside { margin-top: 26px; }
.note { background: var(--panel); border-left: 3px solid var(--wrong); padding: 9px 14px; margin: 0 0 8px; max-width: none; font-size: 15px; overflow-wrap: anywhere; white-space: pre-line; }
.note.mild { border-left-color: var(--line); } .fault { color: var(--wrong); font-weight: 550; }
.split { display: flex; gap: 2px; margin: 14px 0 16px; font-size: 14px; line-height: 1.3; }
.split > div { flex: 1 1 0; min-width: 96px; padding-top: 8px; border-top: 8px solid var(--line); padding-right: 8px; color: var(--soft); }
.split b { color: var(--ink); font-variant-numeric: tabular-nums; } .split .train { border-color: var(--soft); } .split .test { border-color: var(--transferred); }
pre, code { font: 14px/1.55 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
li code { font-size: 13px; }
pre { background: var(--panel); padding: 12px 16px; border-radius: 6px; margin: 0 0 16px; white-space: pre-wrap; overflow-wrap: anywhere; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 3px 22px; margin: 0 0 14px; font-size: 14px; }
.facts dt { color: var(--soft); } .facts dd { margin: 0; overflow-wrap: anywhere; }
details { margin: 10px 0; } summary { cursor: pointer; width: fit-content; } details > :not(summary) { margin-top: 10px; }
details ul { padding-left: 18px; overflow-wrap: anywhere; } :focus-visible { outline: 2px solid var(--transferred); outline-offset: 3px; }

@media (max-width: 640px) {
  main { padding: 28px 16px 48px; } .lead { font-size: 16.5px; } section { margin-top: 38px; }
  th, td { padding-right: 10px; } .wide { display: none; } .big { font-size: 22px; line-height: 30px; }
  .networks { display: flex; flex-direction: column; } .networks thead, .networks tbody { display: block; } .networks caption { order: 3; }
  .networks tr { display: grid; grid-template-columns: 1fr auto 5.6em; gap: 0 12px; border-bottom: 1px solid var(--line); padding: 10px 0; }
  .networks th, .networks td { border: 0; padding: 0 !important; font-size: 14.5px; } .networks thead th { font-size: 12.5px; }
  .networks thead .accuracy { display: none; } .networks td.accuracy { grid-row: 2; grid-column: 1 / -1; width: auto; }
  .networks tbody .number { line-height: inherit; } .interval { max-width: none; } .interval .dot { r: 3.5px; }
  .curve text { font-size: 16px; } .confidence text { font-size: 13px; } .confusion { max-width: none; } .hint { display: block; font-size: 13px; color: var(--soft); margin-top: 6px; }
  .scroll { border: 1px solid var(--line); border-radius: 6px; padding: 6px; }
  .gallery { grid-template-columns: repeat(2, 1fr); gap: 20px 14px; } .views { grid-template-columns: repeat(3, minmax(0, 1fr)); }
}
@media print {
  :root { --paper: #ffffff; --ink: #000000; --soft: #444444; --line: #cccccc; --panel: #f4f4f4; --right: #17697f; --wrong: #b8432c; --transferred: #17697f; --baseline: #8a6d1f; --on-colour: #ffffff; }
  body { font-size: 10.5pt; } main { padding: 0; max-width: none; } section { margin-top: 26px; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } .scroll { overflow: visible; } .confusion { max-width: 100%; }
  h2, figcaption { break-after: avoid; } tr, figure, .note { break-inside: avoid; } .gallery { grid-template-columns: repeat(5, 1fr); }
}
`;
