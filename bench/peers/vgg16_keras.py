import keras
from vgg16 import convolutions


def build(weights):
    """The base as a Keras model, layer for layer keras.applications.VGG16(include_top=False)."""
    inputs = x = keras.Input((224, 224, 3))
    for name, filters, closes_block in convolutions():
        x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu", name=name)(x)
        if closes_block:
            x = keras.layers.MaxPooling2D(2, name=f"{name[:6]}_pool")(x)
    model = keras.Model(inputs, x)
    for name, _, _ in convolutions():
        model.get_layer(name).set_weights([weights[f"{name}/kernel"], weights[f"{name}/bias"]])
    return model
