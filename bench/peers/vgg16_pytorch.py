import torch
from vgg16 import convolutions


def build(weights):
    """The base as torch layers, named as the weights are."""
    layers = torch.nn.Sequential()
    channels = 3
    for name, filters, closes_block in convolutions():
        layer = torch.nn.Conv2d(channels, filters, 3, padding=1)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(weights[f"{name}/kernel"]).permute(3, 2, 0, 1))
            layer.bias.copy_(torch.from_numpy(weights[f"{name}/bias"]))
        layers.add_module(name, layer)
        layers.add_module(f"{name}_relu", torch.nn.ReLU(inplace=True))
        if closes_block:
            layers.add_module(f"{name[:6]}_pool", torch.nn.MaxPool2d(2))
        channels = filters
    return layers
