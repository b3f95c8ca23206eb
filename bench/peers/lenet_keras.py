import functools

from protocol import serve


def load(setup):
    import digits
    import keras
    import lenet_model_keras
    import training_keras

    inputs, labels = digits.read(setup)
    # Without XLA, Keras' own choice: on two cores it is slower, and takes a minute to compile.
    build = functools.partial(lenet_model_keras.build, setup["weights"])
    model, run = training_keras.make(build, inputs, labels, setup, 0.001)
    run(setup["steps"])
    outputs = model.predict(inputs[: setup["batch"]], verbose=0)
    return f"Keras {keras.__version__}, fit", outputs, run


serve(load)
