import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const root = path.join(import.meta.dirname, '..', '..');

/** The TypeScript in a page of Markdown. */
export function typescriptSamples(page: string): string[] {
  const text = fs.readFileSync(path.join(root, page), 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);
}

/** What the compiler says of each sample under this project's tsconfig, with the package imported by its name. */
export function typeErrors(samples: readonly string[]): string[][] {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), (file) => ts.sys.readFile(file));
  const { compilerOptions } = config as { compilerOptions: object };
  const { options } = ts.convertCompilerOptionsFromJson(compilerOptions, root);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  const files = new Map(samples.map((code, i) => [path.join(root, 'src', `sample-${i}.ts`), code]));
  host.fileExists = (file) => files.has(file) || fileExists(file);
  host.readFile = (file) => files.get(file) ?? readFile(file);
  host.getSourceFile = (file, version, ...rest) => {
    const code = files.get(file);
    if (code === undefined) return getSourceFile(file, version, ...rest);
    return ts.createSourceFile(file, code, version);
  };
  const paths = {
    finetune: ['./src/index.ts'],
    'finetune/graph': ['./src/graph/index.ts'],
    'finetune/testing': ['./src/testing.ts'],
  };
  const program = ts.createProgram([...files.keys()], { ...options, paths }, host);
  return [...files.keys()].map((file) => {
    const source = program.getSourceFile(file)!;
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ messageText, start = 0 }) => {
      const line = source.getLineAndCharacterOfPosition(start).line + 1;
      return `line ${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  });
}
