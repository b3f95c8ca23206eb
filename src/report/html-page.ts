import { type Markup, markup, trusted } from './markup.js';
import { reportStyle } from './style.js';

/**
 * One self-contained HTML page for readers who open it from a mail or a server: no scripts, nothing loaded from
 * anywhere, which its content security policy enforces.
 *
 * @param ownStyle what only this page needs beside the report's style.
 */
export function htmlPage(title: string, sections: readonly (Markup | undefined)[], ownStyle = ''): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${trusted(reportStyle + ownStyle)}</style>
</head>
<body>
<main>
${sections}
</main>
</body>
</html>
`.markup;
}
