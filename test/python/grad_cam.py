"""Grad-CAM and Grad-CAM++ by pytorch-grad-cam of Keras' VGG-16 with a made-up head. usage: grad_cam.py H5 OUT PICTURE...

OUT gets, as JSON, for each method, layer and picture the map of class 1, of the layer's own size, and every 16th row and column of the one as large as the
picture, from 0 to 1, as the library hands it out.
"""
import json
import math
import sys

import h5py
import numpy as np
import torch
from PIL import Image
from pytorch_grad_cam import GradCAM, GradCAMPlusPlus
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn

weights, out, *pictures = sys.argv[1:]
hidden, classes, target = 32, 4, 1
configuration = [2, 2, 3, 3, 3]


class Vgg(nn.Module):
    """The convolutions, the channels' means, a hidden layer, a linear one."""

    def __init__(self):
        super().__init__()
        layers, self.places = [], {}
        with h5py.File(weights) as file:
            channels = 3
            for block, count in enumerate(configuration, 1):
                for i in range(1, count + 1):
                    name = f"block{block}_conv{i}"
                    found = {}
                    file[name].visititems(lambda key, item: found.__setitem__(len(item.shape), np.array(item)) if isinstance(item, h5py.Dataset) else None)
                    kernel, bias = found[4], found[1]
                    convolution = nn.Conv2d(channels, kernel.shape[3], 3, padding=1)
                    convolution.weight.data = torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy())
                    convolution.bias.data = torch.from_numpy(bias)
                    layers += [convolution, nn.ReLU()]
                    self.places[name] = len(layers) - 1
                    channels = kernel.shape[3]
                layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.hidden = made_up(channels, hidden, math.sin, 0.05)
        self.logits = made_up(hidden, classes, math.cos, 20_000)

    def forward(self, x):
        return self.logits(torch.relu(self.hidden(self.features(x).mean((2, 3)))))


def made_up(inputs, units, wave, size):
    layer = nn.Linear(inputs, units, bias=False)
    layer.weight.data = torch.tensor([[size * wave(1 + 31 * i + 7 * j) for i in range(inputs)] for j in range(units)])
    return layer


def pixels(path):
    rgb = np.asarray(Image.open(path).convert("RGB")).astype(np.float32)
    caffe = rgb[:, :, ::-1] - np.array([103.939, 116.779, 123.68], np.float32)
    return torch.from_numpy(caffe.transpose(2, 0, 1).copy())


torch.set_num_threads(1)
model = Vgg().eval()
batch = torch.stack([pixels(path) for path in pictures])
maps = {}
for name, method in [("grad-cam", GradCAM), ("grad-cam-plus-plus", GradCAMPlusPlus)]:
    for layer in ["block5_conv3", "block4_conv3"]:
        module = model.features[model.places[layer]]
        with method(model=model, target_layers=[module]) as cam:
            whole = cam(input_tensor=batch, targets=[ClassifierOutputTarget(target)] * len(pictures))
            activations = cam.activations_and_grads.activations[0].cpu().data.numpy()
            gradients = cam.activations_and_grads.gradients[0].cpu().data.numpy()
            own = cam.get_cam_image(None, module, [], activations, gradients)
            maps.setdefault(name, {})[layer] = [
                {"own": np.maximum(one, 0).tolist(), "whole": large[::16, ::16].tolist()} for one, large in zip(own, whole)
            ]
json.dump(maps, open(out, "w"))
