/** A part of the lectures: its lessons, and where each of its figures is found. */
export interface Topic {
  readonly title: string;
  /** The first lesson and the last. */
  readonly lessons: readonly [first: number, last: number];
  readonly figures: readonly Figure[];
}

/** What a reader may look for, the lesson that has it, and words that stand on its page. */
export type Figure = readonly [what: string, lesson: number, words: string];

export const topics: readonly Topic[] = [
  {
    title: 'Convolution by hand',
    lessons: [1, 7],
    figures: [
      ['cross-correlation and convolution', 1, 'true convolution'],
      ['the slip on the slide', 1, 'erratum'],
      ['full, same, valid', 1, '3 10 13 10'],
      ['im2col', 1, 'im2col'],
      ['Toeplitz matrix', 1, 'Toeplitz'],
      ['65, 200 and 90 of one patch', 1, 'What a kernel and two pools say'],
      ['5, 3 and 2.33 places', 2, '2.33: does not fit'],
      ['padding that keeps the size', 2, 'Zero padding that keeps the size'],
      ['32, 28, 24 …', 2, '32 → 28 → 24'],
      ['760 parameters', 2, '760 parameters, 76 for each filter'],
      ['rounding down and up', 2, 'Caffe’s pools round up'],
      ['zeros, reflect, replicate, circular', 2, 'circular'],
      ['112 parameters', 3, '112'],
      ['14 million weights against 456', 3, '14,450,688'],
      ['a million inputs a unit', 3, '1,048,576'],
      ['N²n⁴: 6 and 600 million', 3, '625,000,000'],
      ['dense layers as convolutions', 3, 'a dense layer is a convolution'],
      ['maximum, average, L2', 4, 'L2 norm'],
      ['receptive field', 4, 'sees, pixels'],
      ['backward pass', 5, 'automatic differentiation'],
      ['nine filters', 6, 'scharr'],
      ['equivariance', 7, 'equivariant'],
      ['digits moved, turned, scaled', 7, 'How much the network forgives'],
    ],
  },
  {
    title: 'Networks',
    lessons: [8, 13],
    figures: [
      ['LeNet-5: 61,706 and 60,000 parameters', 8, '61,706'],
      ['0.95 % errors on digits', 8, '0.95'],
      ['AlexNet: 62,378,344 parameters', 9, '62,378,344'],
      ['in two groups: 60,965,224', 9, '60,965,224'],
      ['a network that slides', 9, '5×5×1000'],
      ['ReLU, normalisation, dropout, crops, light, votes', 9, 'Several networks vote'],
      ['VGG, configurations A to E', 10, 'CCP CCP CCCP CCCP CCCP FFS'],
      ['VGG-16: memory and weights of each layer', 10, '102,760,448'],
      ['Inception module', 11, 'inception_3a'],
      ['1×1 convolution', 11, 'A convolution of 1×1'],
      ['residual networks, 18 to 152 layers', 12, 'ResNet-152'],
      ['20 layers against 56', 12, '40.37'],
      ['winners of ILSVRC, 28.2 to 3.57', 13, '3.57'],
      ['accuracy against operations', 13, 'Published accuracy against counted work'],
      ['98 % in convolutions', 13, '98 % or more in'],
      ['pruning, architecture search', 13, 'architecture search'],
    ],
  },
  {
    title: 'Software and transfer',
    lessons: [14, 17],
    figures: [
      ['Caffe, Keras, Torch, Theano, TensorFlow', 14, 'Theano'],
      ['transfer learning', 15, 'The recipe'],
      ['conv1_1, conv3_2, conv5_3', 16, 'conv3_2'],
      ['retrieval', 17, 'Recall at 1'],
      ['style and Gram matrices', 17, 'Gram matrix'],
      ['captioning, detection, segmentation', 17, 'segmentation'],
    ],
  },
];
