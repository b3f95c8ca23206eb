from protocol import serve


def load(setup):
    import digits
    import keras
    import lenet_model_keras
    import training_keras

    inputs, labels = digits.read(setup)
    name, model, run = training_keras.best(
        lambda: lenet_model_keras.build(setup["weights"]), inputs, labels, setup, 0.001, repeats=30
    )
    run(setup["steps"])
    outputs = model.predict(inputs[: setup["batch"]], verbose=0)
    return f"Keras {keras.__version__}, {name}", outputs, run


serve(load)
