"""tf.function around the Keras model: the fastest that TensorFlow offers Python."""

from protocol import fastest, serve


def load(setup):
    import tensorflow as tf
    import vgg16
    import vgg16_keras

    model = vgg16_keras.build(vgg16.read_weights(setup["weights"]))
    pictures = tf.constant(vgg16.read_pictures(setup["pictures"], setup["batch"]))

    def runner(**options):
        compiled = tf.function(lambda x: model(x, training=False), **options)
        return lambda: compiled(pictures).numpy()

    variants = {"tf.function": runner(), "tf.function with XLA": runner(jit_compile=True)}
    name = fastest(variants, repeats=2)
    return f"TensorFlow {tf.__version__}, {name}", variants[name](), variants[name]


serve(load)
