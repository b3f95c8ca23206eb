"""The main job in Keras.

Without an argument as Keras' transfer-learning guide does it: the frozen base runs in every one of ten epochs. With
`stored` the careful way: features are computed once, standardised, and a linear head is trained on them.
"""

import sys

from protocol import answer_once


def main(asked):
    import job
    import keras
    import vgg16
    import vgg16_keras

    base = vgg16_keras.build(vgg16.read_weights(asked["weights"]))
    base.trainable = False
    (train, labels), (test, test_labels) = job.read(asked["train"]), job.read(asked["test"])
    way = careful if sys.argv[1] == "stored" else guide
    accuracy = way(asked, base, train, labels, test, test_labels)
    return {"accuracy": accuracy, "details": f"Keras {keras.__version__}"}


def guide(asked, base, train, labels, test, test_labels):
    import keras

    inputs = keras.Input((224, 224, 3))
    x = base(inputs, training=False)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dropout(0.2)(x)
    model = keras.Model(inputs, keras.layers.Dense(asked["classes"])(x))
    compile_for_logits(model, keras.optimizers.Adam())
    model.fit(train, labels, batch_size=asked["batch"], epochs=10, verbose=0)
    return model.evaluate(test, test_labels, verbose=0)[1]


def careful(asked, base, train, labels, test, test_labels):
    import job
    import keras

    pooled = keras.Model(base.input, keras.layers.GlobalAveragePooling2D()(base.output))
    train, test = job.standardised(*(pooled.predict(x, batch_size=16, verbose=0) for x in (train, test)))
    inputs = keras.Input((512,))
    penalty = keras.regularizers.L2(0.5 * 100 / len(train))
    head = keras.Model(inputs, keras.layers.Dense(asked["classes"], kernel_regularizer=penalty)(inputs))
    steps = job.EPOCHS * -(-len(train) // asked["batch"])
    compile_for_logits(
        head, keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(job.LEARNING_RATE, steps))
    )
    head.fit(train, labels, batch_size=asked["batch"], epochs=job.EPOCHS, verbose=0)
    return head.evaluate(test, test_labels, verbose=0)[1]


def compile_for_logits(model, optimiser):
    import keras

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=optimiser, loss=loss, metrics=["accuracy"], jit_compile=False)


answer_once(main)
