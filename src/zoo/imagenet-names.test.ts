import { expect, test } from 'vitest';
import { imagenetNamesakes } from './imagenet-names.js';

const classes = [
  { id: 'n02100236', name: 'German short-haired pointer' },
  { id: 'n02098105', name: 'soft-coated wheaten terrier' },
  { id: 'n02112018', name: 'Pomeranian' },
  { id: 'n02219486', name: 'ant, emmet, pismire' },
  { id: 'n02206856', name: 'bee' },
  { id: 'n01532829', name: 'house finch, linnet, Carpodacus mexicanus' },
  { id: 'n02093256', name: 'Staffordshire bullterrier, Staffordshire bull terrier' },
  { id: 'n03891332', name: 'parking meter' },
  { id: 'n02325366', name: 'wood rabbit, cottontail, cottontail rabbit' },
];

test.each([
  ['ants', 'n02219486'],
  ['bees', 'n02206856'],
  ['pomeranian', 'n02112018'],
  ['german_shorthaired', 'n02100236'],
  ['wheaten_terrier', 'n02098105'],
  ['staffordshire_bull_terrier', 'n02093256'],
  ['Emmet', 'n02219486'],
  ['parking meters', 'n03891332'],
])('%s has the name of %s', (label, id) => {
  expect(imagenetNamesakes([label], classes)).toMatchObject([{ label, id }]);
});

test.each(['house', 'parking', 'rabbit', 'antique', 'cat', 'terrier', 'finch', 'bus', '7', 'Bengal'])(
  '%s has none',
  (label) => {
    expect(imagenetNamesakes([label], classes)).toEqual([]);
  },
);
