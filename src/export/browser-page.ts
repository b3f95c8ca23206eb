/** Pages beside a TF.js model: one classifies dropped pictures, one checks the model. They load nothing from elsewhere. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFolder } from '../runtime/make-folder.js';

const require = createRequire(import.meta.url);

/** The folder with what the pages load, beside them. */
export const pageFolder = 'page';
export const pageFiles = ['index.html', 'verify.html'] as const;

/** Our scripts, as built; the path is the same from src/ and from dist/. */
const scripts = ['classifier.js', 'main.js', 'resize.js', 'verify.js'];
const built = new URL('../../dist/export/page/', import.meta.url);

/** TensorFlow.js, and its WebAssembly for browsers without WebGL. */
const bundles: readonly (readonly [from: string, as: string])[] = [
  ['@tensorflow/tfjs/dist/tf.es2017.min.js', 'tf.min.js'],
  ['@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.es2017.min.js', 'tf-backend-wasm.min.js'],
  ['@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-simd.wasm'],
  ['@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm', 'tfjs-backend-wasm.wasm'],
];

/**
 * Writes index.html, verify.html and page/ into the folder of a TF.js model, 2.2 MB in all. To be opened over HTTP: browsers
 * let no page from a file read what lies beside it.
 */
export function writeBrowserPage(directory: string): void {
  const folder = path.join(directory, pageFolder);
  makeFolder(folder);
  for (const script of scripts) {
    const code = fs.readFileSync(fileURLToPath(new URL(script, built)), 'utf8');
    fs.writeFileSync(path.join(folder, script), code.replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n'));
  }
  for (const [from, as] of bundles) fs.copyFileSync(require.resolve(from), path.join(folder, as));
  fs.writeFileSync(path.join(folder, 'style.css'), style);
  fs.writeFileSync(path.join(directory, 'index.html'), indexHtml);
  fs.writeFileSync(path.join(directory, 'verify.html'), verifyHtml);
}

const head = (title: string, script: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${pageFolder}/style.css">
<script src="${pageFolder}/tf.min.js"></script>
<script src="${pageFolder}/tf-backend-wasm.min.js"></script>
<script type="module" src="${pageFolder}/${script}"></script>
</head>`;

const indexHtml = `${head('Try the classifier', 'main.js')}
<body>
<header>
<p class="soft">finetune</p>
<h1 id="title">A classifier</h1>
<p id="classes" class="soft"></p>
</header>
<main>
<section id="drop" aria-label="Pictures" hidden>
<p>Drop pictures here, or paste them</p>
<button type="button" id="open">Choose pictures</button>
<input id="choose" type="file" accept="image/*" multiple hidden>
</section>
<p id="status" role="status" aria-live="polite"></p>
<noscript><p class="wrong">This page needs JavaScript.</p></noscript>
<ul id="answers"></ul>
</main>
<footer class="soft">Pictures are classified in this browser; none leaves it. <a href="verify.html">Check the model</a></footer>
</body>
</html>
`;

const verifyHtml = `${head('Check the model', 'verify.js')}
<body>
<main>
<h1>Does the model answer as it should?</h1>
<p>It is asked about its golden picture, in every way that this browser can compute.</p>
<p><img class="golden" src="golden.png" alt="Patches of many colours"></p>
<ul id="outcomes" aria-live="polite"></ul>
<p id="done" hidden>Done.</p>
<noscript><p class="wrong">This page needs JavaScript.</p></noscript>
</main>
<footer class="soft"><a href="index.html">Try the classifier</a></footer>
</body>
</html>
`;

const style = `:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1d2733; --soft: #5a6675; --line: #dde3ea; --panel: #f4f6f8;
  --accent: #17697f; --on-accent: #ffffff; --wrong: #b8432c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181d; --ink: #e4e9ee; --soft: #9ca8b5; --line: #2d353f; --panel: #1c2229;
    --accent: #58b3c9; --on-accent: #0d1114; --wrong: #f0836a;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 860px; padding: 32px 24px 56px; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: clamp(24px, 4vw, 34px); line-height: 1.2; letter-spacing: -0.02em; margin: 0 0 6px; }
h2 { font-size: 22px; line-height: 1.25; margin: 0; }
p { margin: 0 0 8px; } ul { list-style: none; margin: 0; padding: 0; } a { color: var(--accent); }
.soft { color: var(--soft); font-size: 14px; } .wrong { color: var(--wrong); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
#drop { border: 2px dashed var(--line); border-radius: 12px; padding: 28px 20px; text-align: center; margin: 22px 0 10px; }
#drop p { font-size: 18px; margin-bottom: 14px; } #drop.over { border-color: var(--accent); background: var(--panel); }
button { font: inherit; font-weight: 600; min-height: 44px; padding: 8px 18px; border: 0; border-radius: 8px; background: var(--accent); color: var(--on-accent); cursor: pointer; }
#status { min-height: 1.5em; font-size: 14px; } #status:not(.wrong) { color: var(--soft); }
.card { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: 24px; border-top: 1px solid var(--line); padding: 24px 0; }
.card .wrong { grid-column: 1 / -1; }
.card img { display: block; width: 100%; max-height: 340px; object-fit: contain; object-position: top left; border-radius: 8px; }
.class { display: grid; grid-template-columns: minmax(5em, 9em) 1fr 4.6em; gap: 12px; align-items: center; padding: 4px 0; }
.bar { height: 12px; background: var(--line); border-radius: 6px; overflow: hidden; } .bar span { display: block; height: 100%; background: var(--accent); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.golden { width: 160px; image-rendering: pixelated; border-radius: 8px; } #outcomes li { padding: 4px 0; }
footer { margin-top: 32px; }
@media (max-width: 640px) { body { padding: 20px 16px 40px; } .card { grid-template-columns: minmax(0, 1fr); gap: 14px; } .class { grid-template-columns: minmax(4em, 7.5em) 1fr 4.4em; } }
`;
