import itertools

import torch


def trainer(network, inputs, labels, batch, learning_rate, **adam):
    """run(repeats): training steps with Adam on batches that come round again; float32 NCHW inputs."""
    trained = [p for p in network.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam(trained, lr=learning_rate, eps=1e-7, **adam)
    loss_of = torch.nn.CrossEntropyLoss()
    pairs = itertools.cycle(list(zip(inputs.split(batch), labels.split(batch))))

    def run(repeats):
        for pictures, classes in itertools.islice(pairs, repeats):
            optimiser.zero_grad(set_to_none=True)
            loss_of(network(pictures), classes).backward()
            optimiser.step()

    return run
