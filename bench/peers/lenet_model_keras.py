import keras
from keras import layers, ops
from safetensors.numpy import load_file


def squash(x):
    return 1.7159 * ops.tanh(2 / 3 * x)


def build(file):
    """LeNet-5 with the weights of the file."""
    model = keras.Sequential(
        [
            keras.Input((32, 32, 1)),
            layers.Conv2D(6, 5, activation=squash, name="C1"),
            layers.AveragePooling2D(2),
            layers.Conv2D(16, 5, activation=squash, name="C3"),
            layers.AveragePooling2D(2),
            layers.Conv2D(120, 5, activation=squash, name="C5"),
            layers.Flatten(),
            layers.Dense(84, activation=squash, name="F6"),
            layers.Dense(10, name="output"),
        ]
    )
    weights = load_file(file)
    for name in ["C1", "C3", "C5", "F6", "output"]:
        model.get_layer(name).set_weights([weights[f"{name}/kernel"], weights[f"{name}/bias"]])
    return model
