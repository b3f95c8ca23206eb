import sys

from protocol import THREADS, fastest, serve


def load(setup):
    import numpy as np
    import torch
    import training_pytorch
    import vgg16
    import vgg16_pytorch

    torch.set_num_threads(THREADS)
    stored = sys.argv[1] == "stored"
    head = vgg16.read_weights(setup["head"])
    count = setup["batch"] * setup["batches"]
    pictures = torch.from_numpy(vgg16.read_pictures(setup["pictures"], count)).permute(0, 3, 1, 2)
    labels = torch.from_numpy(np.fromfile(setup["labels"], np.uint8).astype(np.int64))

    def build():
        """The frozen blocks 1 to 4, and block 5 with the head."""
        base = vgg16_pytorch.build(vgg16.read_weights(setup["weights"]))
        names = [name for name, _ in base.named_children()]
        cut = names.index("block4_pool") + 1
        below, above = base[:cut].requires_grad_(False), base[cut:]
        logits = torch.nn.Linear(512, setup["classes"])
        with torch.no_grad():
            logits.weight.copy_(torch.from_numpy(head["logits/kernel"]).T)
            logits.bias.copy_(torch.from_numpy(head["logits/bias"]))
        pooled = [torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()]
        return below, torch.nn.Sequential(*above, *pooled, logits)

    def make(layout):
        below, above = (part.to(memory_format=layout) for part in build())
        inputs = pictures.contiguous(memory_format=layout)
        network = torch.nn.Sequential(below, above)
        if stored:
            with torch.no_grad():
                inputs = torch.cat([below(part) for part in inputs.split(setup["batch"])])
            network = above
        run = training_pytorch.trainer(
            network, inputs, labels, setup["batch"], setup["learningRate"], fused=True
        )
        return network, inputs, run

    variants = {"channels first": torch.contiguous_format, "channels last": torch.channels_last}
    name = fastest({name: make(layout)[2] for name, layout in variants.items()}, tries=1)
    network, inputs, run = make(variants[name])
    run(setup["steps"])
    with torch.inference_mode():
        outputs = network(inputs[: setup["batch"]]).numpy()
    return f"PyTorch {torch.__version__}, {name}", outputs, run


serve(load)
