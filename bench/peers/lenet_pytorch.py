import sys

from protocol import THREADS, fastest, serve


def load(setup):
    import digits
    import torch
    import training_pytorch
    from safetensors.numpy import load_file

    torch.set_num_threads(THREADS)
    weights = load_file(setup["weights"])
    pictures, labels = digits.read(setup)
    inputs = torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous()
    labels = torch.from_numpy(labels)

    class Squash(torch.nn.Module):
        def forward(self, x):
            return 1.7159 * torch.tanh(2 / 3 * x)

    def convolution(name, channels, filters):
        layer = torch.nn.Conv2d(channels, filters, 5)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(weights[f"{name}/kernel"]).permute(3, 2, 0, 1))
            layer.bias.copy_(torch.from_numpy(weights[f"{name}/bias"]))
        return layer

    def dense(name, inputs, units):
        layer = torch.nn.Linear(inputs, units)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(weights[f"{name}/kernel"]).T)
            layer.bias.copy_(torch.from_numpy(weights[f"{name}/bias"]))
        return layer

    def build():
        return torch.nn.Sequential(
            *(convolution("C1", 1, 6), Squash(), torch.nn.AvgPool2d(2)),
            *(convolution("C3", 6, 16), Squash(), torch.nn.AvgPool2d(2)),
            *(convolution("C5", 16, 120), Squash(), torch.nn.Flatten()),
            *(dense("F6", 120, 84), Squash(), dense("output", 84, 10)),
        )

    compiled = sys.argv[1] == "compiled"

    def variant(layout, **adam):
        network = build().to(memory_format=layout)
        if compiled:
            network = torch.compile(network)
        batches = inputs.contiguous(memory_format=layout)
        return network, training_pytorch.trainer(network, batches, labels, setup["batch"], 0.001, **adam)

    first, last = torch.contiguous_format, torch.channels_last
    variants = {
        "fused Adam": lambda: variant(first, fused=True),
        "fused Adam, channels last": lambda: variant(last, fused=True),
    }
    if not compiled:
        variants["Adam"] = lambda: variant(first)
    name = fastest({name: make()[1] for name, make in variants.items()}, repeats=30)
    network, run = variants[name]()
    run(setup["steps"])
    with torch.inference_mode():
        outputs = network(inputs[: setup["batch"]]).numpy()
    how = "torch.compile, " if compiled else ""
    return f"PyTorch {torch.__version__}, {how}{name}", outputs, run


serve(load)
