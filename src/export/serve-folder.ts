import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pipeline } from 'node:stream';

/**
 * Serves a folder's files over HTTP, to this machine alone, on a port that is free.
 *
 * @param onTold gets what is posted to `told`; what it throws of is answered as a bad request.
 * @returns its address, ending in a slash.
 */
export async function serveFolder(
  directory: string,
  onTold: (text: string) => void = () => undefined,
): Promise<{ readonly url: string; close(): void }> {
  const server = http.createServer((request, response) => {
    // whatever else runs on this machine may ask for anything
    try {
      answer(directory, request, response, onTold);
    } catch {
      response.writeHead(400).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/`, close };
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.png': 'image/png',
};

function answer(
  directory: string,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  onTold: (text: string) => void,
): void {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (request.method === 'POST' && pathname === '/told') {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      try {
        onTold(body);
      } catch {
        response.writeHead(400);
      }
      response.end();
    });
    return;
  }
  const file = path.join(directory, decodeURIComponent(pathname));
  if (!file.startsWith(directory + path.sep) || !fs.statSync(file, { throwIfNoEntry: false })?.isFile()) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream' });
  // one that goes away, or a file that cannot be read, ends this answer alone
  pipeline(fs.createReadStream(file), response, () => undefined);
}
