"""model.predict on a batch, as Keras' guides call it."""

from protocol import repeated, serve


def load(setup):
    import keras
    import vgg16
    import vgg16_keras

    model = vgg16_keras.build(vgg16.read_weights(setup["weights"]))
    pictures = vgg16.read_pictures(setup["pictures"], setup["batch"])

    def once():
        return model.predict(pictures, batch_size=setup["batch"], verbose=0)

    outputs = once()
    once()
    return f"Keras {keras.__version__}, predict", outputs, repeated(once)


serve(load)
