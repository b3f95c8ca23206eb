import numpy as np


def read(setup):
    """MNIST's pictures as float32 [n, 32, 32, 1] from 0 to 1, and their labels."""
    pixels = np.fromfile(setup["pictures"], np.uint8).reshape(-1, 32, 32, 1)
    labels = np.fromfile(setup["labels"], np.uint8)
    return pixels.astype(np.float32) / 255, labels.astype(np.int64)
