"""What the peers' main jobs share: pictures to arrays, and how features are standardised."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from protocol import THREADS
from vgg16 import MEAN_BGR

EPOCHS = 100
LEARNING_RATE = 0.01


def read(pictures):
    """Pictures as float32 BGR minus the mean [n, 224, 224, 3], and labels; decoded on all threads."""
    from PIL import Image

    def decode(file):
        with Image.open(file) as picture:
            rgb = picture.convert("RGB").resize((224, 224), Image.Resampling.BILINEAR)
        return np.asarray(rgb, np.uint8)[..., ::-1]

    with ThreadPoolExecutor(THREADS) as threads:
        pixels = np.stack(list(threads.map(decode, [file for file, _ in pictures])))
    return pixels.astype(np.float32) - MEAN_BGR, np.array([label for _, label in pictures], np.int64)


def standardised(train, test):
    """Features divided by their root mean square, then standardised by the training pictures."""
    train, test = (x / np.sqrt(np.mean(x**2, axis=1, keepdims=True) + 1e-6) for x in (train, test))
    mean, deviation = train.mean(0), np.sqrt(train.var(0) + 1e-3)
    return (train - mean) / deviation, (test - mean) / deviation
