/** The lessons' style: one column to read, light and dark, narrow screens, and paper. */
export const lessonStyle = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1d2733; --soft: #5a6675; --line: #dde3ea; --panel: #f4f6f8; --link: #17697f;
  --above: #2f93b0; --below: #dd7a45; --frame: #1d2733; --shade: #1d273333;
  --series-1: #17697f; --series-2: #b8432c; --series-3: #8a6d1f; --series-4: #6a4fa3;
  --word: #6a3fa0; --text: #a0392a; --value: #17697f; --name: #7a5c0f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181d; --ink: #e4e9ee; --soft: #9ca8b5; --line: #2d353f; --panel: #1c2229; --link: #6cc4da;
    --above: #2f93b0; --below: #c96a3a; --frame: #f2f5f8; --shade: #000000b0;
    --series-1: #58b3c9; --series-2: #f0836a; --series-3: #d0ab4c; --series-4: #b49be6;
    --word: #c3a6f2; --text: #f0937c; --value: #6cc4da; --name: #d9b863;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 17px/1.6 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
main { max-width: 780px; margin: 0 auto; padding: 48px 24px 72px; }
h1 { font-size: clamp(27px, 4.4vw, 38px); line-height: 1.18; font-weight: 680; letter-spacing: -0.02em; margin: 0 0 16px; text-wrap: balance; }
h2 { font-size: 22px; line-height: 1.3; letter-spacing: -0.01em; margin: 44px 0 10px; }
p, ul, ol { margin: 0 0 14px; text-wrap: pretty; } ul, ol { padding-left: 1.4em; }
a { color: var(--link); text-underline-offset: 2px; }
.kicker { font-size: 14px; } .lead { font-size: 19px; line-height: 1.5; }
.soft, figcaption, summary { color: var(--soft); }
code { font: 0.88em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
:not(pre) > code { background: var(--panel); border-radius: 4px; padding: 1px 4px; }
pre { margin: 0 0 14px; overflow-x: auto; font-size: 15px; }
.code { border-radius: 6px; padding: 12px 14px; line-height: 1.5; }
.printed { font: 15px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; border-left: 3px solid var(--above); padding: 2px 0 2px 12px; margin-left: 2px; white-space: pre-wrap; } .printed + .printed { margin-top: -14px; }
.hljs-keyword, .hljs-built_in { color: var(--word); } .hljs-string, .hljs-regexp { color: var(--text); }
.hljs-number, .hljs-literal { color: var(--value); } .hljs-title, .hljs-attr { color: var(--name); } .hljs-comment { color: var(--soft); }
.formula { overflow-x: auto; overflow-y: hidden; margin: 6px 0 18px; font-size: 1.12em; } math { font-family: "STIX Two Math", "Latin Modern Math", "Cambria Math", math, serif; } mfrac > :first-child { padding-bottom: .14em; } mfrac > :last-child { padding-top: .14em; }
details { margin: 0 0 14px; } summary { cursor: pointer; } .imports { font-size: 14px; } details[open] > summary { margin-bottom: 8px; }
figure { margin: 22px 0 28px; } figcaption { font-size: 14.5px; line-height: 1.5; margin-top: 10px; } figcaption b { color: var(--ink); font-weight: 600; }
svg, img { display: block; max-width: 100%; height: auto; }
.matrices, .pictures, .areas { display: flex; flex-wrap: wrap; gap: 16px 22px; align-items: flex-end; }
.pictures { align-items: flex-start; }
.matrix .name, .picture .name { display: block; font-size: 14px; color: var(--soft); margin-bottom: 5px; } .picture .name { margin: 5px 0 0; }
.matrix { min-width: 0; } .sign { font-size: 26px; align-self: center; padding-top: 24px; color: var(--soft); }
svg text { font: 14px system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; fill: var(--ink); font-variant-numeric: tabular-nums; }
.matrix rect, .drawn rect { stroke: var(--line); } rect.above { fill: var(--above); } rect.below { fill: var(--below); }
.matrix rect.frame { fill: none; stroke: var(--frame); stroke-width: 2.5; }
.picture { max-width: var(--shown, 220px); } .picture img { image-rendering: pixelated; border: 1px solid var(--line); }
.areas { gap: 8px 32px; } .areas rect { fill: var(--series-1); } .areas b { display: block; margin-top: 8px; font-variant-numeric: tabular-nums; }
.chart { width: 100%; } .chart text { fill: var(--soft); font-size: 13px; } .grid { stroke: var(--line); }
polyline { fill: none; stroke-width: 2.4; } .legend { font-size: 14.5px; margin: 6px 0 0; } .legend svg { display: inline-block; vertical-align: middle; } .legend > span { margin-right: 14px; white-space: nowrap; }
.series-1 { stroke: var(--series-1); } .series-2 { stroke: var(--series-2); stroke-dasharray: 8 4; } .series-3 { stroke: var(--series-3); stroke-dasharray: 2 4; } .series-4 { stroke: var(--series-4); stroke-dasharray: 10 3 2 3; }
line[class^=series] { stroke-width: 2.4; } .band { stroke: none; fill-opacity: .2; } .band.series-1 { fill: var(--series-1); } .band.series-2 { fill: var(--series-2); } .band.series-3 { fill: var(--series-3); }
.dot-1 { fill: var(--series-1); } .dot-2 { fill: var(--series-2); } .dot-3 { fill: var(--series-3); } .dot-4 { fill: var(--series-4); } circle[class^=dot] { fill-opacity: .7; stroke: var(--paper); } .chart .point { font-size: 12px; fill: var(--ink); }
.maps { display: flex; flex-wrap: wrap; gap: 18px 16px; align-items: flex-end; } .map { font-size: 13.5px; line-height: 1.4; font-variant-numeric: tabular-nums; } .map svg { margin-bottom: 6px; } .map b, .map span { display: block; } .map b { font-weight: 600; }
.front { fill: var(--above); fill-opacity: .75; } .top { fill: var(--above); fill-opacity: .35; } .side { fill: var(--above); fill-opacity: .5; } .map rect, .map polygon { stroke: var(--paper); stroke-width: .7; }
.bars { min-width: min(100%, 520px); } .bars td { white-space: nowrap; } .bars td.bar { min-width: 92px; } .bars .bar span { display: block; text-align: right; white-space: nowrap; } .bars .bar svg { width: 100%; height: 6px; transform: scaleX(-1); } .bar-0 { fill: var(--below); } .bar-1 { fill: var(--above); }
.flow { width: 100%; max-width: 620px; } .flow .small { font-size: 12px; fill: var(--soft); } .flow .box { fill: var(--panel); stroke: var(--soft); } .flow .marked { fill: var(--above); fill-opacity: .3; stroke: var(--above); } .flow path { fill: none; stroke: var(--soft); stroke-width: 1.6; } .flow .arrow { fill: var(--soft); stroke: none; } .flow .shortcut { stroke: var(--below); stroke-width: 2.4; }
/* A shadow at the side where something is scrolled out of sight. */
.scroll, .code { --fill: var(--paper); overflow-x: auto; background: linear-gradient(90deg, var(--fill) 30%, transparent) 0 / 40px 100% local, linear-gradient(270deg, var(--fill) 30%, transparent) 100% / 40px 100% local, linear-gradient(90deg, var(--shade), transparent) 0 / 14px 100%, linear-gradient(270deg, var(--shade), transparent) 100% / 14px 100%, var(--fill); background-repeat: no-repeat; } .code { --fill: var(--panel); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 15.5px; margin: 0 0 14px; } figure table { margin: 0; }
th { text-align: left; font-weight: 550; } thead th { font-weight: 500; font-size: 14px; color: var(--soft); vertical-align: bottom; }
th, td { padding: 6px 22px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; } th:last-child, td:last-child { padding-right: 0; } .number { text-align: right; } td.number { white-space: nowrap; }
.inputs { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px 24px; background: var(--panel); border-radius: 6px; padding: 12px 14px; margin-bottom: 14px; font-size: 15px; } .inputs[hidden] { display: none; }
.inputs input { width: 100%; font: inherit; accent-color: var(--link); } .inputs output { font-weight: 650; }
.inputs input[type=number] { padding: 5px; text-align: right; }
.drawn .pixel { fill: var(--panel); } .drawn .added { fill: none; stroke-dasharray: 3 3; } .drawn .window { fill: var(--above); fill-opacity: .55; stroke: none; } .drawn .over { fill: var(--below); fill-opacity: .55; stroke: none; }
.drawn p { margin: 8px 0 0; font-size: 15.5px; }
footer { border-top: 1px solid var(--line); margin-top: 52px; padding-top: 18px; font-size: 14.5px; } .neighbours { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 8px 24px; }
article { border-top: 1px solid var(--line); margin-top: 26px; break-inside: avoid; } article h3 { font-size: 19px; line-height: 1.3; margin: 20px 0 10px; } section > h2 { font-size: 25px; margin-top: 54px; }
.where { list-style: none; padding: 0; font-size: 14.5px; line-height: 1.7; } .where li { display: inline; } .where li:not(:last-child)::after { content: '·'; color: var(--soft); margin: 0 2px 0 6px; }
.beside { display: flex; flex-wrap: wrap; gap: 14px 30px; align-items: flex-start; } .cover { flex: 0 1 320px; min-width: 0; } .cover + div { flex: 1 1 280px; }
.cover .matrices, .cover .areas { flex-wrap: nowrap; gap: 10px; } .cover .pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(90px, 1fr)); gap: 10px; } .cover .pictures:has(.small) { grid-template-columns: repeat(6, 1fr); } .cover .areas svg { width: 150px; } .cover .picture, .cover .matrix { max-width: none; flex: 0 1 auto; min-width: 0; } .cover .name, .cover .areas .soft, .cover .map b, .cover .map span, .cover .legend, .cover .point, .cover .flow .small { display: none; } .cover .maps { gap: 8px; } .cover .chart text { font-size: 19px; } .cover .flow text { font-size: 17px; }
@media (max-width: 600px) {
  body { font-size: 16.5px; } main { padding: 28px 16px 48px; } h2 { margin-top: 36px; } pre, .printed { font-size: 13.5px; }
  .chart text { font-size: 19px; } .flow text { font-size: 17px; } .flow .small { font-size: 15px; } .chart .point { font-size: 15px; } .formula { font-size: 1.02em; } .bars td.bar { min-width: 74px; } .areas { flex-wrap: nowrap; gap: 14px; } .areas > div { flex: 0 1 auto; min-width: 0; } .areas b { font-size: 14.5px; } .matrices { gap: 14px 14px; } .picture { flex: 1 1 40%; max-width: min(var(--shown, 220px), 50% - 11px); } .picture:only-child { max-width: min(var(--shown, 220px), 100%); } .picture.small { flex: 0 0 auto; max-width: min(var(--shown, 220px), 46%); } .picture.small .name { font-size: 13px; } .cover .picture.small { max-width: none; } table { font-size: 14.5px; } th, td { padding-right: 12px; } .cover { flex-basis: 100%; }
}
@media print {
  :root { color-scheme: light; --paper: #ffffff; --ink: #000000; --soft: #444444; --line: #cccccc; --panel: #f4f4f4; --link: #17697f; --frame: #000000; --above: #2f93b0; --below: #dd7a45;
    --series-1: #17697f; --series-2: #b8432c; --series-3: #8a6d1f; --series-4: #6a4fa3; --word: #6a3fa0; --text: #a0392a; --value: #17697f; --name: #7a5c0f; --shade: transparent; }
  body { font-size: 10.5pt; } main { padding: 0; max-width: none; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h1, h2 { break-after: avoid; } figure, tr { break-inside: avoid; } pre, .code { white-space: pre-wrap; overflow: visible; } .code { background: var(--panel); } .scroll { overflow: visible; background: none; } .inputs, .imports, .neighbours, details:not([open]) { display: none; }
  table { font-size: 9.5pt; } th, td { padding-top: 3px; padding-bottom: 3px; } .pictures, .matrices { gap: 10px; } .picture { max-width: min(var(--shown, 220px), 33.3% - 7px); } .picture.small { max-width: min(var(--shown, 220px), 16.6% - 9px); }
}
`;
