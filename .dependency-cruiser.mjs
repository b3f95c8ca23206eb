/**
 * The house: one floor a room, from top to bottom. A file imports from its own room and from the floors below, never
 * from above, and no file imports itself round a corner, types included. src/README.md says what each room holds.
 */
const floors = [
  'commands',
  'serve',
  'queue',
  'recipes',
  'report',
  'explain',
  'runs',
  'retrieval',
  'style',
  'training',
  'features',
  'evaluation',
  'data',
  'export',
  'zoo',
  'summary',
  'models',
  'graph',
  'formats',
  'arithmetic',
  'runtime',
];

const upward = floors.slice(1).map((room, above) => ({
  name: `${room} imports only from itself and from below`,
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: '\\.test\\.ts$' },
  to: { path: `^src/((${floors.slice(0, above + 1).join('|')})/|[^/]+\\.ts$)` },
}));

export default {
  forbidden: [
    ...upward,
    {
      name: 'every folder of src/ is a room with a floor',
      severity: 'error',
      from: {},
      to: { path: '^src/[^/]+/', pathNot: `^src/(${floors.join('|')})/` },
    },
    { name: 'no circles, types included', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules)/' },
  },
};
