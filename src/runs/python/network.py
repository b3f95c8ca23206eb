"""The network beside this file in PyTorch: its layers and weights are both in model.safetensors.

    from network import Network
    network = Network('model.safetensors')
    network(pixels)  # pictures 0 to 255 [batch, height, width, channels] -> probabilities [batch, classes]

Needs torch and safetensors. Weights lie as TensorFlow has them: kernels height x width x inputs x filters.
"""
import json

import torch
import torch.nn.functional as F
from safetensors import safe_open


class Network:
    def __init__(self, file):
        with safe_open(file, 'pt') as opened:
            about = opened.metadata()
            self.weights = {name: opened.get_tensor(name) for name in opened.keys()}
        self.layers = json.loads(about['network'])['layers']
        self.labels = json.loads(about['labels'])
        self.picture = json.loads(about['picture'])

    @torch.inference_mode()
    def __call__(self, pictures):
        values = {}
        x = torch.as_tensor(pictures).float().permute(0, 3, 1, 2)
        for layer in self.layers:
            inputs = [values[name] for name in layer['inputs']]
            weight = lambda part: self.weights.get(f"{layer['name']}/{part}")
            if layer['type'] != 'input':
                x = activated(compute[layer['type']](layer, weight, *inputs), layer.get('activation'))
            values[layer['name']] = x
        return x


def activated(x, name):
    if name == 'relu':
        return F.relu(x)
    if name == 'relu6':
        return F.relu6(x)
    if name == 'sigmoid':
        return torch.sigmoid(x)
    if name == 'tanh':
        return torch.tanh(x)
    if name == 'scaledTanh':
        return 1.7159 * torch.tanh(x * 2 / 3)
    if name == 'softmax':
        return F.softmax(x, 1)
    assert name is None, name
    return x


def padded(layer, x, value=0.0):
    sides = [layer['padding'][side] for side in ('left', 'right', 'top', 'bottom')]
    return F.pad(x, sides, value=value) if any(sides) else x


def convolution(layer, weight, x):
    kernel = weight('kernel')
    if layer['type'] == 'depthwise':
        kernel, groups = kernel.permute(2, 3, 0, 1), kernel.shape[2]
    else:
        kernel, groups = whole(kernel, layer.get('connections')).permute(3, 2, 0, 1), layer['groups']
    return F.conv2d(padded(layer, x), kernel.contiguous(), weight('bias'), layer['stride'], 0, 1, groups)


def whole(kernel, connections):
    """Where filters read some channels only, zeros for the others."""
    if connections is None:
        return kernel
    made = torch.zeros(*kernel.shape[:2], len(connections[0]), len(connections))
    at = 0
    for filter, row in enumerate(connections):
        for channel, connected in enumerate(row):
            if connected:
                made[:, :, channel, filter] = kernel[:, :, at]
                at += 1
    return made


def subsample(layer, weight, x):
    sums = F.avg_pool2d(padded(layer, x), layer['kernel'], layer['stride'], divisor_override=1)
    return sums * weight('coefficient')[:, None, None] + weight('bias')[:, None, None]


def dense(layer, weight, x):
    values = x @ weight('kernel')
    return values if weight('bias') is None else values + weight('bias')


def batch_norm(layer, weight, x):
    parts = [weight(part) for part in ('mean', 'variance', 'gamma', 'beta')]
    return F.batch_norm(x, *parts, training=False, eps=layer['epsilon'])


def local_response_norm(layer, weight, x):
    radius = layer['depthRadius']
    squares = F.pad(x * x, [0, 0, 0, 0, radius, radius])
    sums = squares.unfold(1, 2 * radius + 1, 1).sum(-1)
    return x / (layer['bias'] + layer['alpha'] * sums) ** layer['beta']


def root_mean_square_norm(layer, weight, x):
    means = (x * x).mean(list(range(1, x.dim())), keepdim=True)
    return x / torch.sqrt(means + 1e-6)


compute = {
    'convolution': convolution,
    'depthwise': convolution,
    'subsample': subsample,
    'maxPool': lambda layer, _, x: F.max_pool2d(
        padded(layer, x, float('-inf')), layer['kernel'], layer['stride']
    ),
    'averagePool': lambda layer, _, x: F.avg_pool2d(padded(layer, x), layer['kernel'], layer['stride']),
    'globalAverage': lambda _, __, x: x.mean((2, 3)),
    'globalMaximum': lambda _, __, x: x.amax((2, 3)),
    'generalisedMean': lambda layer, _, x: (
        x.clamp(min=1e-6) ** layer['power']
    ).mean((2, 3)) ** (1 / layer['power']),
    'flatten': lambda _, __, x: x.permute(0, 2, 3, 1).flatten(1),
    'dense': dense,
    'radialBasis': lambda layer, _, x: -(
        (x[:, None] - torch.tensor(layer['prototypes'], dtype=torch.float32)) ** 2
    ).sum(-1),
    'dropout': lambda _, __, x: x,
    'batchNorm': batch_norm,
    'localResponseNorm': local_response_norm,
    'rootMeanSquareNorm': root_mean_square_norm,
    'activation': lambda _, __, x: x,
    'add': lambda _, __, *inputs: sum(inputs),
    'concatenate': lambda _, __, *inputs: torch.cat(inputs, 1),
}
