/** The arithmetic behind convolutional networks, in plain TypeScript on small arrays. See docs/arithmetic.md. */
export * from './convolution.js';
export * from './cost.js';
export * from './dense-as-convolution.js';
export * from './equivariance.js';
export * from './filters.js';
export * from './gradients.js';
export * from './im2col.js';
export * from './matrix.js';
export * from './output-size.js';
export * from './padding.js';
export * from './parameter-count.js';
export * from './pooling.js';
export * from './receptive-field.js';
export * from './resize-matrix.js';
export * from './toeplitz.js';
