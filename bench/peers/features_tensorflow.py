"""tf.function around the Keras model: the fastest that TensorFlow offers Python."""

from protocol import repeated, serve


def load(setup):
    import tensorflow as tf
    import vgg16
    import vgg16_keras

    model = vgg16_keras.build(vgg16.read_weights(setup["weights"]))
    pictures = tf.constant(vgg16.read_pictures(setup["pictures"], setup["batch"]))

    # Without XLA: compiling VGG-16 for CPUs takes minutes.
    compiled = tf.function(lambda x: model(x, training=False))

    def once():
        return compiled(pictures).numpy()

    outputs = once()
    once()
    return f"TensorFlow {tf.__version__}, tf.function", outputs, repeated(once)


serve(load)
