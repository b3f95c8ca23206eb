import functools

from protocol import fastest, serve


def load(setup):
    import digits
    import keras
    import lenet_model_keras
    import training_keras

    inputs, labels = digits.read(setup)

    def make(jit_compile):
        build = functools.partial(lenet_model_keras.build, setup["weights"])
        return training_keras.make(build, inputs, labels, setup, 0.001, jit_compile)

    variants = {"fit": False, "fit with XLA": True}
    name = fastest({name: make(jit)[1] for name, jit in variants.items()}, repeats=30)
    model, run = make(variants[name])
    run(setup["steps"])
    outputs = model.predict(inputs[: setup["batch"]], verbose=0)
    return f"Keras {keras.__version__}, {name}", outputs, run


serve(load)
