import { htmlPage } from './html-page.js';
import type { Markup } from './markup.js';
import { augmentationSection } from './sections/augmentation.js';
import { choiceSection } from './sections/choice.js';
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
import { thumbnailsOf } from './thumbnails.js';
import type { RunResult } from '../runs/record.js';

/** The report as one self-contained HTML page. */
export async function reportPage(result: RunResult): Promise<string> {
  const thumbnails = thumbnailsOf(result);
  const sections: (Markup | undefined)[] = [
    headerSection(result),
    notesSection(result),
    curvesSection(result),
    augmentationSection(result),
    confusionSection(result),
    await mistakesSection(result, thumbnails),
    classesSection(result),
    confidenceSection(result),
    surenessSection(result),
    choiceSection(result),
    await heldOutSection(result, thumbnails),
    makingSection(result),
  ];
  return htmlPage(`${result.name}: ${headline(result)}`, sections);
}
