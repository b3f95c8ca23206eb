"""Two small networks as PyTorch exports them to ONNX, and as `onnx` saves them. usage: onnx_models.py OUT

<network>.safetensors holds the state_dict; `residual` has batch normalisations, `fire` a layer whose name has a slash.
"""
import pathlib
import sys

import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file
from torch import nn

out = pathlib.Path(sys.argv[1])


class Block(nn.Module):
    def __init__(self, channels, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.downsample = nn.Sequential(nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters)) if stride > 1 else None

    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (y + (self.downsample(x) if self.downsample else x)).relu()


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.layer1 = nn.Sequential(Block(4, 4, 1))
        self.layer2 = nn.Sequential(Block(4, 6, 2))
        self.fc = nn.Linear(96, 5)

    def forward(self, x):
        return self.fc(self.layer2(self.layer1(self.bn1(self.conv1(x)).relu())).flatten(1))


class Fire(nn.Module):
    def __init__(self):
        super().__init__()
        self.squeeze = nn.Conv2d(3, 4, 1)
        self.expand1x1 = nn.Conv2d(4, 6, 1)
        self.expand3x3 = nn.Conv2d(4, 6, 3, padding=1)
        self.last = nn.Conv2d(12, 5, 1)

    def forward(self, x):
        x = self.squeeze(x).relu()
        return self.last(torch.cat([self.expand1x1(x).relu(), self.expand3x3(x).relu()], 1)).mean((2, 3))


x = torch.randn(2, 3, 8, 8)
for name, net in (("residual", Residual()), ("fire", Fire())):
    torch.manual_seed(0)
    for _ in range(3):
        net(torch.randn(8, 3, 8, 8) + 1)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias)
    net.eval()
    save_file({key: value for key, value in net.state_dict().items()}, out / f"{name}.safetensors")
    export = lambda file, model=net, **options: torch.onnx.export(model, (x,), str(out / f"{name}-{file}.onnx"), opset_version=18, **options)
    export("traced", dynamo=False)
    export("traced-numbered", dynamo=False, keep_initializers_as_inputs=True)
    export("unfolded", dynamo=False, do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE)
    export("wrapped", nn.Sequential(net), dynamo=False, do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE)
    export("dynamo")
    export("dynamo-one-file", external_data=False)
    model = onnx.load(out / f"{name}-traced.onnx")
    onnx.save(model, out / f"{name}-data-beside.onnx", save_as_external_data=True, location="all.data", size_threshold=0)
    (out / f"{name}-parts").mkdir()
    model = onnx.load(out / f"{name}-traced.onnx")
    onnx.save(model, out / f"{name}-parts/model.onnx", save_as_external_data=True, all_tensors_to_one_file=False, size_threshold=0)
    model = onnx.load(out / f"{name}-traced.onnx")
    for i, tensor in enumerate(model.graph.initializer):
        array = numpy_helper.to_array(tensor)
        if array.dtype == "float32":
            half = helper.make_tensor(tensor.name, TensorProto.FLOAT16, array.shape, array.astype("float16").ravel())
            model.graph.initializer[i].CopyFrom(half)
    onnx.save(model, out / f"{name}-half.onnx")
