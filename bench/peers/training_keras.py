import keras


def trainer(model, inputs, labels, batch, learning_rate):
    """run(repeats): training steps with Adam by model.fit, on batches that come round again."""
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate, epsilon=1e-7),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    count = len(inputs)

    def run(repeats):
        size = repeats * batch
        for start in range(0, size, count):
            part = slice(0, min(count, size - start))
            model.fit(inputs[part], labels[part], batch_size=batch, shuffle=False, verbose=0)

    return run


def make(build, inputs, labels, setup, learning_rate):
    """(model, run), from new weights."""
    model = build()
    return model, trainer(model, inputs, labels, setup["batch"], learning_rate)
