import { type Markup, markup } from '../report/markup.js';

/** The page without its contents, which its script fetches: nothing of the run stands in it. */
export const pageHtml: string = page().markup;

function page(): Markup {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Try it</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="page/style.css">
<script type="module" src="page/main.js"></script>
</head>
<body>
<a class="skip" href="#answers">To the answers</a>
<header>
<p class="kicker">finetune</p>
<h1 id="run">Try it</h1>
<p id="classes" class="soft"></p>
<p id="figures" class="soft"></p>
<noscript><p class="remark">This page needs JavaScript; the API at /docs doesn’t.</p></noscript>
</header>
<main>
<form id="session" hidden>
<label for="token">Token of this server</label>
<input id="token" type="password" autocomplete="current-password" required>
<button type="submit" class="primary">Open</button>
</form>
<div id="work" hidden>
<section id="drop" aria-label="Pictures">
<p class="big">Drop pictures here, or paste them</p>
<p class="buttons">
<button type="button" id="choose-open" class="primary">Choose pictures</button>
<button type="button" id="camera-open">Camera</button>
</p>
<input id="choose" type="file" accept="image/*,.tif,.tiff,.bmp,.ppm,.pgm" multiple hidden>
<input id="capture" type="file" accept="image/*" capture="environment" hidden>
</section>
</div>
<p id="status" role="status" aria-live="polite"></p>
<div id="more" hidden>
<section id="corrections" aria-labelledby="corrections-title" hidden>
<h2 id="corrections-title">Corrections</h2>
<p id="corrections-kept"></p>
<p class="buttons"><button type="button" id="retrain" class="primary">Train the head again with them</button></p>
<div id="verdict" aria-live="polite"></div>
</section>
<section aria-labelledby="answers-title">
<h2 id="answers-title" class="hidden">Answers</h2>
<ul id="answers" tabindex="-1"></ul>
</section>
</div>
<dialog id="camera" aria-label="Camera">
<video id="camera-video" playsinline muted></video>
<p class="buttons">
<button type="button" id="camera-take" class="primary">Take the picture</button>
<button type="button" id="camera-close">Close</button>
</p>
</dialog>
</main>
<footer><p class="soft">Pictures go to the server that this page comes from, and nowhere else. <a href="docs">API</a></p></footer>
</body>
</html>
`;
}
