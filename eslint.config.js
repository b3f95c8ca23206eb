import typescript from 'typescript-eslint';

export default typescript.config(
  { ignores: ['dist/', 'node_modules/', 'api/', 'runs/', 'checkpoints/', 'data/pets/'] },
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
      'lessons/run.ts',
      'bench/**',
      'test/**',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    // Results go through commands/output.ts, which notices a full disk.
    files: ['src/commands/**', 'src/run.ts', 'src/cli.ts'],
    ignores: ['src/**/*.test.ts'],
    rules: { 'no-console': ['error', { allow: ['error'] }] },
  },
  {
    files: ['src/**'],
    ignores: ['src/**/*.test.ts', 'src/runtime/sharp.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { name: 'sharp', message: 'Import runtime/sharp.js, which also loads on Node 20.9.' },
      ],
    },
  },
);
