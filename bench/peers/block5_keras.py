import sys

from protocol import serve


def load(setup):
    import keras
    import numpy as np
    import training_keras
    import vgg16
    import vgg16_keras

    stored = sys.argv[1] == "stored"
    weights = vgg16.read_weights(setup["weights"])
    head = vgg16.read_weights(setup["head"])
    count = setup["batch"] * setup["batches"]
    pictures = vgg16.read_pictures(setup["pictures"], count)
    labels = np.fromfile(setup["labels"], np.uint8).astype(np.int64)

    def build():
        base = vgg16_keras.build(weights)
        for layer in base.layers:
            layer.trainable = layer.name.startswith("block5")
        start = keras.Input((14, 14, 512)) if stored else base.input
        x = start
        if stored:
            for layer in base.layers:
                if layer.name.startswith("block5"):
                    x = layer(x)
        else:
            x = base.output
        x = keras.layers.GlobalAveragePooling2D()(x)
        logits = keras.layers.Dense(setup["classes"], name="logits")
        model = keras.Model(start, logits(x))
        logits.set_weights([head["logits/kernel"], head["logits/bias"]])
        return model

    inputs = pictures
    if stored:
        base = vgg16_keras.build(weights)
        below = keras.Model(base.input, base.get_layer("block4_pool").output)
        inputs = below.predict(pictures, batch_size=setup["batch"], verbose=0)
    # Without XLA: compiling VGG-16 for CPUs takes minutes.
    model, run = training_keras.make(build, inputs, labels, setup, setup["learningRate"])
    run(setup["steps"])
    outputs = model.predict(inputs[: setup["batch"]], verbose=0)
    return f"Keras {keras.__version__}, fit", outputs, run


serve(load)
