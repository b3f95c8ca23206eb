/** The page's style: one column, cards that wrap on a phone, light and dark. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1d2733; --soft: #5a6675; --line: #dde3ea; --panel: #f4f6f8;
  --accent: #17697f; --on-accent: #ffffff; --wrong: #b8432c; --warm: #a35c00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181d; --ink: #e4e9ee; --soft: #9ca8b5; --line: #2d353f; --panel: #1c2229;
    --accent: #58b3c9; --on-accent: #0d1114; --wrong: #f0836a; --warm: #e0a04a;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 1000px; padding: 32px 24px 56px; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
h1 { font-size: clamp(24px, 4vw, 34px); line-height: 1.2; letter-spacing: -0.02em; margin: 0 0 6px; overflow-wrap: anywhere; }
h2 { font-size: 20px; margin: 0 0 8px; } h3 { font-size: 22px; line-height: 1.25; margin: 0; overflow-wrap: anywhere; } h4 { font-size: 14px; font-weight: 500; color: var(--soft); margin: 18px 0 6px; }
p { margin: 0 0 8px; } ul { list-style: none; margin: 0; padding: 0; }
.soft, .kicker, figcaption { color: var(--soft); } .kicker, figcaption, .name { font-size: 14px; overflow-wrap: anywhere; } .wrong { color: var(--wrong); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.skip { position: absolute; left: -9999px; } .skip:focus { left: 12px; top: 8px; background: var(--paper); padding: 6px 10px; z-index: 1; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }

button, input, select { font: inherit; color: inherit; }
button, select, input:not([type=file]) { min-height: 44px; border: 1px solid var(--line); border-radius: 8px; background: var(--panel); padding: 8px 16px; }
button { cursor: pointer; } button:hover { border-color: var(--accent); } button:disabled { opacity: .55; cursor: default; }
.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
.buttons { display: flex; flex-wrap: wrap; gap: 10px; }

#session { display: flex; flex-wrap: wrap; gap: 10px; align-items: center; margin-top: 24px; }
#drop { border: 2px dashed var(--line); border-radius: 12px; padding: 26px 20px; text-align: center; margin: 22px 0 10px; }
#drop .buttons { justify-content: center; margin: 0; } #drop .big { font-size: 18px; margin-bottom: 14px; } #drop.over { border-color: var(--accent); background: var(--panel); }
#status { min-height: 1.5em; color: var(--soft); font-size: 14px; }
#corrections { background: var(--panel); border-radius: 12px; padding: 18px 20px; margin-bottom: 22px; } #corrections button:not(.primary) { background: var(--paper); }

.card { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 7fr); gap: 24px; border-top: 1px solid var(--line); padding: 24px 0; }
.card[aria-busy=true] .said { opacity: .6; }
figure { margin: 0; min-width: 0; } .seen { display: block; width: 100%; max-height: 420px; object-fit: contain; object-position: top left; border-radius: 8px; }
figcaption { margin: 6px 0 8px; } figure p { margin-top: 8px; font-size: 14px; } .seen + .toggle, .seen[hidden] ~ .toggle { margin-top: 10px; }
.answer { font-weight: 680; } .said { min-width: 0; }
#verdict { margin-top: 14px; } #verdict h3 { margin-bottom: 4px; } #verdict .buttons { margin: 12px 0 0; }
.remark { border-left: 3px solid var(--warm); background: var(--panel); padding: 8px 12px; margin: 8px 0; }
.classes { margin-top: 10px; }
.class { display: grid; grid-template-columns: minmax(5em, 9em) 1fr 4.6em; gap: 12px; align-items: center; width: calc(100% + 16px); text-align: left; background: none; border-color: transparent; padding: 4px 8px; margin-left: -8px; }
.class[aria-pressed=true] { background: var(--panel); } .label { overflow-wrap: anywhere; } .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.bar { height: 12px; background: var(--line); border-radius: 6px; overflow: hidden; } .filled { display: block; height: 100%; background: var(--accent); }
.nearest ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(76px, 1fr)); gap: 10px; }
.nearest li { font-size: 13px; line-height: 1.3; display: grid; overflow-wrap: anywhere; } .nearest img { width: 100%; height: auto; aspect-ratio: 1; border-radius: 6px; background: var(--panel); margin-bottom: 3px; }
.correct p { margin: 0; font-size: 14px; } .correct label { display: flex; white-space: nowrap; flex: 0 1 auto; align-items: center; gap: 8px; min-width: 0; }
.correct { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-top: 18px; } .correct label { color: var(--soft); } .correct select { flex: 1 1 9em; min-width: 0; max-width: 16em; }
dialog { border: 0; border-radius: 12px; background: var(--paper); color: var(--ink); padding: 16px; max-width: min(94vw, 720px); } dialog video { display: block; width: 100%; border-radius: 8px; margin-bottom: 12px; } dialog::backdrop { background: #000a; }
footer { margin-top: 32px; font-size: 14px; }
@media (max-width: 640px) { body { padding: 20px 16px 40px; } .card { grid-template-columns: minmax(0, 1fr); gap: 14px; } .class { grid-template-columns: minmax(4em, 7.5em) 1fr 4.4em; } }
@media (prefers-reduced-motion: no-preference) { #drop { transition: border-color .15s, background .15s; } }
`;
