import { type Markup, markup, trusted } from './markup.js';
import { classesSection } from './sections/classes.js';
import { confidenceSection } from './sections/confidence.js';
import { confusionSection } from './sections/confusion.js';
import { curvesSection } from './sections/curves.js';
import { headerSection, headline } from './sections/header.js';
import { heldOutSection } from './sections/held-out.js';
import { makingSection } from './sections/making.js';
import { mistakesSection } from './sections/mistakes.js';
import { notesSection } from './sections/notes.js';
import { surenessSection } from './sections/sureness.js';
import { reportStyle } from './style.js';
import { thumbnailsOf } from './thumbnails.js';
import type { RunResult } from '../runs/record.js';

/**
 * The report as one self-contained HTML page for readers who open it from a mail or a server: no scripts, nothing
 * loaded from anywhere, which its content security policy enforces.
 */
export async function reportPage(result: RunResult): Promise<string> {
  const thumbnails = thumbnailsOf(result);
  const sections: (Markup | undefined)[] = [
    headerSection(result),
    notesSection(result),
    curvesSection(result),
    confusionSection(result),
    await mistakesSection(result, thumbnails),
    classesSection(result),
    confidenceSection(result),
    surenessSection(result),
    await heldOutSection(result, thumbnails),
    makingSection(result),
  ];
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<link rel="icon" href="data:,">
<title>${result.name}: ${headline(result)}</title>
<style>${trusted(reportStyle)}</style>
</head>
<body>
<main>
${sections}
</main>
</body>
</html>
`.markup;
}
