/**
 * How a picture becomes the network's input: RGB values 0 to 255, in the order the weights want, minus a mean
 * and divided by a scale, channel by channel in that order.
 */
export interface Preprocessing {
  readonly channelOrder: 'RGB' | 'BGR';
  /** Subtracted, one value a channel in `channelOrder`, on the 0 to 255 scale. */
  readonly mean: readonly number[];
  /** Divided by, one value a channel in `channelOrder`. */
  readonly scale: readonly number[];
}

/** Caffe's ImageNet means, blue, green, red: what VGG's and Keras' weights were trained with. */
export const caffeMean: Preprocessing = {
  channelOrder: 'BGR',
  mean: [103.939, 116.779, 123.68],
  scale: [1, 1, 1],
};

/** The mean colour of ImageNet taken away, as AlexNet's paper does it. */
export const meanColour: Preprocessing = {
  channelOrder: 'RGB',
  mean: [123.68, 116.779, 103.939],
  scale: [1, 1, 1],
};

/** BVLC's ImageNet means, blue, green, red: the same, rounded. */
export const bvlcMean: Preprocessing = { channelOrder: 'BGR', mean: [104, 117, 123], scale: [1, 1, 1] };

/** Values from −1 to 1: TensorFlow's MobileNets. */
export const minusOneToOne: Preprocessing = {
  channelOrder: 'RGB',
  mean: [127.5, 127.5, 127.5],
  scale: [127.5, 127.5, 127.5],
};

/** torchvision's mean and standard deviation of ImageNet, stated for values from 0 to 1. */
export const torchvisionNormalised: Preprocessing = {
  channelOrder: 'RGB',
  mean: [0.485 * 255, 0.456 * 255, 0.406 * 255],
  scale: [0.229 * 255, 0.224 * 255, 0.225 * 255],
};
