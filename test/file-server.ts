import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on this machine for tests of downloads. */
export interface FileServer {
  readonly url: string;
  /** What was asked: path and range, in order. */
  readonly requests: { readonly path: string; readonly range: string | undefined }[];
  close(): Promise<void>;
}

/** Gives each request the next of `answers`, and the last one from then on. */
export async function serve(...answers: Answer[]): Promise<FileServer> {
  const requests: FileServer['requests'] = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)]!;
    requests.push({ path: request.url ?? '', range: request.headers.range });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The file, or the part asked for when it still has the version asked for. */
export function sends(content: Uint8Array, etag?: string): Answer {
  return (request, response) => {
    const version: Record<string, string> = etag ? { etag } : {};
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (start === 0 || request.headers['if-range'] !== etag) {
      response.writeHead(200, { 'content-length': content.length, ...version }).end(content);
      return;
    }
    const rest = content.subarray(start);
    const range = `bytes ${start}-${content.length - 1}/${content.length}`;
    response.writeHead(206, { 'content-length': rest.length, 'content-range': range, ...version }).end(rest);
  };
}

/** The first `bytes` of the file; then the connection breaks, or stays open without a word. */
export function sendsOnly(
  bytes: number,
  content: Uint8Array,
  then: 'breaks' | 'stalls',
  headers: Record<string, string> = {},
): Answer {
  return (_, response) => {
    response.writeHead(200, { 'content-length': content.length, ...headers });
    response.write(content.subarray(0, bytes), () => {
      if (then === 'breaks') setTimeout(() => response.destroy(), 20);
    });
  };
}

export function answers(status: number, headers: Record<string, string> = {}, body = ''): Answer {
  return (_, response) => {
    response.writeHead(status, headers).end(body);
  };
}
