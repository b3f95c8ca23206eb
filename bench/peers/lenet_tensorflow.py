"""A training step of one's own in a tf.function, without what fit does around it."""

import itertools
import sys

from protocol import serve


def load(setup):
    import digits
    import keras
    import lenet_model_keras
    import tensorflow as tf

    jit = sys.argv[1] == "jit"
    inputs, labels = digits.read(setup)
    size = setup["batch"]
    count = len(inputs) // size
    pairs = [
        (tf.constant(inputs[i * size : (i + 1) * size]), tf.constant(labels[i * size : (i + 1) * size]))
        for i in range(count)
    ]

    model = lenet_model_keras.build(setup["weights"])
    optimiser = keras.optimizers.Adam(0.001, epsilon=1e-7)
    optimiser.build(model.trainable_variables)

    @tf.function(jit_compile=jit)
    def step(pictures, classes):
        with tf.GradientTape() as tape:
            logits = model(pictures, training=True)
            each = tf.nn.sparse_softmax_cross_entropy_with_logits(classes, logits)
            loss = tf.reduce_mean(each)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimiser.apply(gradients, model.trainable_variables)
        return loss

    cycle = itertools.cycle(pairs)

    def run(repeats):
        for pictures, classes in itertools.islice(cycle, repeats):
            step(pictures, classes)

    run(setup["steps"])
    how = "tf.function(jit_compile=True)" if jit else "tf.function"
    return f"TensorFlow {tf.__version__}, {how}", model(pairs[0][0]).numpy(), run


serve(load)
