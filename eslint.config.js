import typescript from 'typescript-eslint';

/** Layers from top to bottom; a file imports from its own layer or from those below (README of src/). */
const layers = [
  ['commands'],
  ['recipes'],
  ['report'],
  ['training', 'explain'],
  ['data', 'models', 'weights', 'graph', 'evaluation', 'arithmetic'],
  ['runtime'],
];

const oneWay = layers.slice(1).map((folders, i) => ({
  files: folders.map((folder) => `src/${folder}/**/*.ts`),
  ignores: ['src/**/*.test.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: layers
          .slice(0, i + 1)
          .flat()
          .map((upper) => ({
            group: [`../${upper}/*`, `../../${upper}/*`],
            message: `Imports go one way: ${folders[0]} lies below ${upper}.`,
          })),
      },
    ],
  },
}));

export default typescript.config(
  { ignores: ['dist/', 'node_modules/', 'runs/', 'checkpoints/', 'data/pets/'] },
  ...typescript.configs.recommended,
  {
    rules: {
      'no-console': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: [
      'src/commands/**',
      'src/run.ts',
      'src/cli.ts',
      'bootstrap.mjs',
      'scripts/**',
      'bench/**',
      'test/**',
      'data/**',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    // Results go through commands/output.ts, which notices a full disk.
    files: ['src/commands/**', 'src/run.ts', 'src/cli.ts'],
    ignores: ['src/**/*.test.ts'],
    rules: { 'no-console': ['error', { allow: ['error'] }] },
  },
  ...oneWay,
);
