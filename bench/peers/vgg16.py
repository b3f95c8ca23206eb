"""VGG-16's convolutional base: its layers, the weights file that all engines read, and preprocessed pictures."""

import numpy as np

BLOCKS = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]
MEAN_BGR = np.array([103.939, 116.779, 123.68], np.float32)


def convolutions():
    """(name, filters, closes its block), in order of computation."""
    for block, (filters, count) in enumerate(BLOCKS, 1):
        for i in range(1, count + 1):
            yield f"block{block}_conv{i}", filters, i == count


def read_weights(file):
    from safetensors.numpy import load_file

    return load_file(file)


def read_pictures(file, count):
    """The first `count` pictures as the weights want them: BGR minus the mean, float32 [count, 224, 224, 3]."""
    size = 224 * 224 * 3
    rgb = np.fromfile(file, np.uint8, count * size).reshape(count, 224, 224, 3)
    return np.ascontiguousarray(rgb[..., ::-1].astype(np.float32) - MEAN_BGR)


def read_calibration(setup):
    """The pictures behind those that are timed, which every engine of eight bits calibrates with."""
    count = setup["batch"] + setup["calibrationPictures"]
    return read_pictures(setup["pictures"], count)[setup["batch"] :]
