import { escapeHtml } from './text.js';

const mostWithNumbers = 20;
const mostWithLabels = 60;

/**
 * The confusion matrix as SVG: true classes down, answers across, a cell the darker the larger its share of the row.
 * Numbers are written up to 20 classes, names up to 60. Colours follow the page's CSS variables where there are any.
 */
export function confusionChart(counts: readonly (readonly number[])[], labels: readonly string[]): string {
  const classes = labels.length;
  const cell =
    classes <= 8
      ? 54
      : classes <= mostWithNumbers
        ? 34
        : classes <= mostWithLabels
          ? 15
          : Math.max(3, 700 / classes);
  const font = Math.min(13, Math.max(9, cell * 0.42));
  const labelled = classes <= mostWithLabels;
  const longest = Math.max(...labels.map((label) => short(label).length));
  const margin = labelled ? Math.ceil(longest * font * 0.62) + 12 : 12;
  const size = cell * classes;
  const [left, top] = [margin + 20, margin + 22];
  const width = left + size + 4;
  const height = top + size + 4;
  const parts: string[] = [];
  for (const [i, row] of counts.entries()) {
    const total = row.reduce((a, b) => a + b, 0);
    for (const [j, count] of row.entries()) {
      if (count === 0 && i !== j) continue;
      const share = total === 0 ? 0 : count / total;
      const x = left + j * cell;
      const y = top + i * cell;
      const kind = i === j ? 'right' : 'wrong';
      const title = `<title>${escapeHtml(`${labels[i]}, taken for ${labels[j]}: ${count} of ${total}`)}</title>`;
      const opacity = count === 0 ? 0 : (0.12 + 0.88 * share).toFixed(3);
      parts.push(
        `<rect class="${kind}" x="${x}" y="${y}" width="${cell - 1}" height="${cell - 1}" fill-opacity="${opacity}">${title}</rect>`,
      );
      if (classes <= mostWithNumbers && count > 0) {
        const strong = share > 0.5 ? ' strong' : '';
        parts.push(
          `<text class="count${strong}" x="${x + cell / 2}" y="${y + cell / 2}" dy=".35em" text-anchor="middle">${count}</text>`,
        );
      }
    }
  }
  if (labelled) {
    for (const [i, label] of labels.entries()) {
      const middle = i * cell + cell / 2;
      const text = escapeHtml(short(label));
      parts.push(
        `<text x="${left - 8}" y="${top + middle}" dy=".35em" text-anchor="end">${text}</text>`,
        `<text transform="translate(${left + middle} ${top - 8}) rotate(-90)" dy=".35em">${text}</text>`,
      );
    }
  }
  parts.push(
    `<text class="axis" transform="translate(11 ${top + size / 2}) rotate(-90)" text-anchor="middle">is</text>`,
    `<text class="axis" x="${left + size / 2}" y="12" text-anchor="middle">taken for</text>`,
  );
  const style = `
    .confusion text { font: ${font}px system-ui, sans-serif; fill: var(--ink, #1c2430); }
    .confusion .axis { font-size: 12px; fill: var(--soft, #5b6675); }
    .confusion .right { fill: var(--right, #1f6f8b); } .confusion .wrong { fill: var(--wrong, #c2452d); }
    .confusion .frame { fill: none; stroke: var(--line, #d5dbe3); }
    .confusion .strong { fill: var(--on-colour, #ffffff); }`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="confusion" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Confusion matrix">` +
    `<style>${style}</style><rect class="frame" x="${left - 0.5}" y="${top - 0.5}" width="${size}" height="${size}"/>${parts.join('')}</svg>\n`
  );
}

function short(label: string): string {
  return label.length > 24 ? `${label.slice(0, 23)}…` : label;
}
