"""tf.function around the Keras model: the fastest that TensorFlow offers Python."""

from protocol import fastest, repeated, serve


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
    name = fastest({name: repeated(once) for name, once in variants.items()})
    return f"TensorFlow {tf.__version__}, {name}", variants[name](), repeated(variants[name])


serve(load)
