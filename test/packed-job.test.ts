/**
 * A stranger's whole way through the packed package: train, predict, export, serve. By this Node, and by those that
 * FINETUNE_NODES names (paths of `node` with the path separator between them).
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mainJob } from './helpers/main-job.js';
import { type PackedPackage, packedPackage, run } from './helpers/packed-package.js';
import { servers } from './helpers/serving.js';

const others = process.env['FINETUNE_NODES']?.split(path.delimiter).filter(Boolean) ?? [];
const cat = fileURLToPath(new URL('../data/pets/test/cat/002.jpg', import.meta.url));
/** Node's own warnings, as of experiments. */
const ofNode = /\(node:\d+\)|ExperimentalWarning/;
const job = mainJob();
let made: PackedPackage;
beforeAll(() => {
  made = packedPackage();
});
afterAll(() => fs.rmSync(made.folder, { recursive: true }));

if (others.length === 0) test.skip('other Nodes than this one (skipped without FINETUNE_NODES)');

describe.each([process.execPath, ...others])('by %s', (node) => {
  const trained = path.join(job.scratch(), 'a run');
  const program = () => path.join(made.consumer, 'node_modules', 'finetune', 'dist', 'run.js');
  const finetune = (args: readonly string[]) =>
    run(node, [program(), ...args], made.consumer, job.environment);

  test('says its version and nothing else', () => {
    const { version } = JSON.parse(fs.readFileSync(path.join(made.place, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(finetune(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('finds itself in order', () => {
    const { status, stdout, stderr } = finetune(['doctor']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^ok +Node/m);
    expect(stdout).toMatch(/^ok +TensorFlow/m);
  });

  test('trains', () => {
    const base = ['--base', 'squeezenet', '--weights', job.weights, '--baseline', 'none'];
    const outcome = finetune(['--data', job.data, '--out', trained, '--epochs', '40', ...base]);
    expect(outcome).toMatchObject({ status: 0, stdout: expect.stringContaining('held-out pictures') });
    expect(outcome.stderr).not.toMatch(ofNode);
  });

  test('predicts', () => {
    const outcome = finetune(['predict', trained, cat]);
    expect(outcome).toEqual({ status: 0, stdout: expect.stringContaining('%'), stderr: '' });
  });

  test.each(['savedmodel', 'keras', 'tfjs', 'onnx', 'safetensors'])('exports as %s', (format) => {
    const outcome = finetune(['export', trained, '--format', format]);
    expect(outcome).toMatchObject({ status: 0 });
    expect(fs.readdirSync(path.join(trained, 'export', format)).length).toBeGreaterThan(1);
  });

  test('serves its page with all that it loads, and answers', async () => {
    const start = servers(program(), node);
    const server = await start(trained, [], job.environment);
    const read = async (where: string) => {
      const answer = await server.fetch(where);
      expect(answer.status, where).toBe(200);
      return { type: answer.headers.get('content-type'), text: await answer.text() };
    };
    const page = await read('/');
    expect(page.type).toMatch(/^text\/html/);
    expect(page.text).toContain('page/style.css');
    expect((await read('/page/style.css')).type).toMatch(/^text\/css/);
    // The script and, from there, every module that it imports.
    const scripts = [...page.text.matchAll(/<script[^>]* src="([^"]+)"/g)].map(([, source]) => source!);
    for (const script of scripts) {
      const { type, text } = await read(`/${script}`);
      expect(type).toMatch(/javascript/);
      const imported = [...text.matchAll(/from '\.\/([^']+)'/g)].map(([, name]) => `page/${name}`);
      scripts.push(...imported.filter((name) => !scripts.includes(name)));
    }
    expect(scripts.length).toBeGreaterThan(3);
    expect((await read('/docs')).text).toContain('swagger');
    const picture = { method: 'POST', headers: { 'content-type': 'image/jpeg' }, body: fs.readFileSync(cat) };
    expect((await server.json<{ predictions: unknown[] }>('/api/predict', picture)).predictions).toHaveLength(
      3,
    );
    expect(await server.stop()).toMatchObject({ code: 0, stderr: expect.not.stringMatching(ofNode) });
  });
});
