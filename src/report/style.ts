/** The report page's style: one column, light and dark, prints without waste. */
export const reportStyle = `
:root { --paper: #ffffff; --ink: #1c2430; --soft: #5b6675; --line: #dde2e9; --panel: #f5f7fa; --right: #1f6f8b; --wrong: #c2452d;
  --accent: #1f6f8b; --baseline: #9aa4b2; --on-colour: #ffffff; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181e; --ink: #e6eaf0; --soft: #a0abb9; --line: #2c343f; --panel: #1b2129;
  --right: #4fb0cf; --wrong: #ef7f66; --accent: #4fb0cf; --baseline: #6f7b8a; --on-colour: #10151b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1040px; margin: 0 auto; padding: 40px 24px 64px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 8px; letter-spacing: -0.015em; text-wrap: balance; }
h2 { font-size: 19px; margin: 44px 0 12px; letter-spacing: -0.01em; }
p { margin: 8px 0; max-width: 74ch; } .soft { color: var(--soft); } small, .small { font-size: 14px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: 13px; }
th, td { padding: 8px 12px 8px 0; border-bottom: 1px solid var(--line); vertical-align: middle; }
td.number, th.number { text-align: right; } tbody th { color: var(--ink); font-size: inherit; font-weight: 500; overflow-wrap: anywhere; }
.verdict td { padding-top: 12px; padding-bottom: 12px; } .verdict .big { font-size: 22px; font-weight: 650; }
.scroll { overflow-x: auto; }
.gauge { display: block; width: 200px; height: 22px; }
.gauge .track { stroke: var(--line); stroke-width: 1; } .gauge .span { stroke-width: 8; stroke-linecap: round; opacity: .3; }
.gauge .dot { r: 5; } .gauge .transferred { stroke: var(--accent); fill: var(--accent); } .gauge .baseline { stroke: var(--baseline); fill: var(--baseline); }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 20px 32px; }
.curve { width: 100%; height: auto; } .curve text { font: 11px system-ui, sans-serif; fill: var(--soft); }
.curve .grid { stroke: var(--line); } .curve polyline, .curve .training, .curve .validation { fill: none; stroke: var(--accent); stroke-width: 2; }
.curve .validation { stroke-dasharray: 5 4; opacity: .85; }
figure { margin: 0; } figcaption { font-size: 14px; color: var(--soft); margin-bottom: 4px; }
.confusion { max-width: 100%; height: auto; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(148px, 1fr)); gap: 18px 16px; padding: 0; list-style: none; margin: 0; }
.gallery li { font-size: 13.5px; line-height: 1.35; overflow-wrap: anywhere; } .gallery .picture { width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: 8px; background: var(--panel); display: block; margin-bottom: 6px; }
.gallery b { font-weight: 600; } .gallery .wrong { color: var(--wrong); }
.note { background: var(--panel); border-left: 3px solid var(--wrong); padding: 10px 14px; border-radius: 0 6px 6px 0; margin: 10px 0; max-width: none; }
pre, code { font: 13.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
pre { background: var(--panel); padding: 12px 14px; border-radius: 8px; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
details { margin: 10px 0; } summary { cursor: pointer; color: var(--soft); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 18px; font-size: 14px; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.share { display: inline-block; height: 8px; border-radius: 4px; background: var(--accent); vertical-align: middle; }
@media (max-width: 600px) { main { padding: 24px 16px 48px; } h1 { font-size: 24px; } .optional { display: none; } }
@media print { main { padding: 0; } details > * { display: block; } .gallery li, figure, tr { break-inside: avoid; } }
`;
