import { FormatError, readAs } from './bytes.js';
import { openZip } from './zip.js';

/**
 * The HDF5 file of weights inside a Keras 3 archive (`.keras`), unpacked, for the reader of `.weights.h5` files.
 *
 * @throws UserError when the file is damaged or no Keras archive.
 */
export function weightsInsideKeras(file: string | Uint8Array): Promise<Uint8Array> {
  return readAs('a Keras archive', file, async (bytes) => {
    const weights = (await openZip(bytes)).get('model.weights.h5');
    if (!weights) throw new FormatError("it holds no 'model.weights.h5'");
    return weights.read();
  });
}
