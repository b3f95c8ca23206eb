"""One small network's weights as training scripts leave them, by PyTorch itself. usage: torch_checkpoints.py OUT

plain.safetensors holds what every file must give, except other.safetensors for those named other-*.
"""
import argparse
import collections
import json
import pathlib
import pickle
import random
import sys
import zipfile

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

out = pathlib.Path(sys.argv[1])


class Net(nn.Module):
    """A convolution, a batch normalisation and a dense layer after a map of two by two."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2))
        self.fc = nn.Linear(16, 5)

    def forward(self, x):
        return self.fc(self.features(x).flatten(1))


def fresh(seed):
    torch.manual_seed(seed)
    net = Net()
    for _ in range(3):
        net(torch.randn(8, 3, 4, 4) + 1)
    return net.eval()


def under(prefix, tensors):
    return collections.OrderedDict((prefix + name, tensor) for name, tensor in tensors.items())


net = fresh(0)
other = fresh(1)
sd = net.state_dict()
ema = other.state_dict()
save_file(dict(sd), out / "plain.safetensors")
save_file(dict(ema), out / "other.safetensors")


def save(name, value, **options):
    torch.save(value, out / name, **options)


# Prefixes, in any container and any order; a wrapped part.
for prefix in ("module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module.", "model.", "net.", "encoder.", "a.b.c.", "model.module."):
    save(f"prefix-{prefix}pth", under(prefix, sd))
    save(f"inside-{prefix}ckpt", {"epoch": 3, "state_dict": under(prefix, sd)})
save_file(dict(under("module._orig_mod.", sd)), out / "prefix.safetensors")
part = {name.replace("features.", "features.module."): tensor for name, tensor in sd.items()}
save("wrapped-part.pth", part)
save("parallel.pth", nn.DataParallel(net).state_dict())
# Wrappers' keys, nested.
for key in ("state_dict", "model_state_dict", "model", "net", "network", "weights", "params", "model_ema", "checkpoint"):
    save(f"key-{key}.pth", {key: sd, "epoch": 1})
save("nested.pth", {"checkpoint": {"model": under("module.", sd)}, "optimizer": {"state": {0: {"exp_avg": torch.zeros(4)}}}})
save("pairs.pth", list(sd.items()))
save("tuple.pth", (3, sd))
# A program's other objects beside the weights.
trained = fresh(2)
sgd = torch.optim.SGD(trained.parameters(), 0.1, momentum=0.9)
trained(torch.randn(2, 3, 4, 4)).sum().backward()
sgd.step()


class Settings(argparse.Namespace):
    def __reduce_ex__(self, protocol):
        return (Settings, (), {"lr": 0.1, "path": pathlib.Path("/data")})


class Counts(dict):
    pass


everything = {
    "state_dict": sd,
    "args": argparse.Namespace(lr=0.1, data=pathlib.Path("/data")),
    "settings": Settings(),
    "best": np.float64(0.9),
    "scores": np.arange(5.0),
    "dtype": torch.float16,
    "device": torch.device("cpu"),
    "size": torch.Size([1, 2]),
    "generator": np.random.default_rng(0).bit_generator.state,
    "python": random.getstate(),
    "torch": torch.get_rng_state(),
    "counts": Counts(a=1),
    "defaults": collections.defaultdict(list, a=[1]),
    "set": {1, 2, frozenset({3})},
    "complex": torch.zeros(3, dtype=torch.complex64),
    "quantised": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
    "sparse": torch.eye(2).to_sparse(),
    "meta": torch.empty(3, device="meta"),
    "float8": torch.zeros(3, dtype=torch.float8_e4m3fn),
    "uint16": torch.zeros(3, dtype=torch.uint16),
    "huge": 10**100,
    "none": None,
    "bytes": b"123",
    "slice": slice(1, 2),
    "function": np.mean,
    "optimizer": sgd.state_dict(),
    "schedule": torch.optim.lr_scheduler.StepLR(sgd, 3).state_dict(),
    "criterion": nn.CrossEntropyLoss(),
}
save("everything.pth", everything)
for protocol in (3, 4, 5):
    save(f"protocol-{protocol}.pth", everything, pickle_protocol=protocol)
    save(f"protocol-{protocol}-legacy.pth", sd, pickle_protocol=protocol, _use_new_zipfile_serialization=False)
save("everything-legacy.pth", everything, _use_new_zipfile_serialization=False)
save("defaultdict.pth", collections.defaultdict(list, sd))
save("subclass.pth", Counts(sd))
save("parameters.pth", {name: nn.Parameter(tensor, requires_grad=tensor.is_floating_point()) for name, tensor in sd.items()})
marked = {name: nn.Parameter(tensor, requires_grad=tensor.is_floating_point()) for name, tensor in sd.items()}
for parameter in marked.values():
    parameter.note = "kept"
save("parameters-with-state.pth", marked)
# Whole modules, alone and in a checkpoint, and TorchScript.
save("whole.pth", net)
save("whole-parallel.pth", nn.DataParallel(net))
save("whole-inside.pth", {"model": net, "epoch": 3})
torch.jit.script(net).save(str(out / "script.pt"))
# How tensors lie in their storages.
flat = torch.cat([tensor.reshape(-1).float() for tensor in sd.values()])
views, at = {}, 0
for name, tensor in sd.items():
    views[name] = flat[at : at + tensor.numel()].view(tensor.shape)
    at += tensor.numel()
save("one-storage.pth", views)
save("one-storage-legacy.pth", views, _use_new_zipfile_serialization=False)
strided = {}
for name, tensor in sd.items():
    wide = torch.full((*tensor.shape, 3), 7.0)
    wide[..., 1] = tensor
    strided[name] = wide[..., 1]
save("strided.pth", strided)
save("turned.pth", {name: tensor.T.contiguous().T if tensor.dim() == 2 else tensor for name, tensor in sd.items()})
save("channels-last.pth", {name: tensor.to(memory_format=torch.channels_last) if tensor.dim() == 4 else tensor for name, tensor in sd.items()})
save("double.pth", {name: tensor.double() for name, tensor in sd.items()})
save("big.pth", sd)
with zipfile.ZipFile(out / "big.pth") as archive, zipfile.ZipFile(out / "big-endian.pth", "w") as turned:
    for entry in archive.infolist():
        content = archive.read(entry)
        if entry.filename.endswith("/byteorder"):
            content = b"big"
        if "/data/" in entry.filename:
            width = 8 if len(content) == 8 else 4  # num_batches_tracked is the only int64
            content = np.frombuffer(content, f"<u{width}").astype(f">u{width}").tobytes()
        turned.writestr(entry.filename, content)
# Averaged weights beside those as trained.
save("ema-beside.pth", {"model": sd, "model_ema": ema})
save("ema-before.pth", {"state_dict_ema": ema, "state_dict": sd})
save("ema-prefix.ckpt", {"state_dict": {**under("model.", sd), **under("ema_model.module.", ema)}})
averaged = torch.optim.swa_utils.AveragedModel(net)
averaged.update_parameters(net)
save("averaged.pth", averaged.state_dict())
save("two-alike.pth", {"student": sd, "teacher": ema})
# Several files and their index.
names = list(sd)
halves = {"model-00001-of-00002": names[:3], "model-00002-of-00002": names[3:]}
for ending, write in (("safetensors", save_file), ("bin", torch.save)):
    for file, inside in halves.items():
        write({name: sd[name] for name in inside}, out / f"{file}.{ending}")
    places = {name: f"{file}.{ending}" for file, inside in halves.items() for name in inside}
    (out / f"model.{ending}.index.json").write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": places}))
for folder, file in (("folder-safetensors", "model.safetensors"), ("folder-bin", "pytorch_model.bin")):
    (out / folder).mkdir()
    (save_file if file.endswith("safetensors") else torch.save)(dict(sd), out / folder / file)
# Types that are not read: where they are not needed, and where they are.
save_file({**sd, "extra.scale": torch.zeros(3, dtype=torch.float8_e4m3fn)}, out / "one-float8.safetensors")
save("one-complex.pth", {**sd, "extra": torch.zeros(3, dtype=torch.complex128)})
save("all-float8.pth", {name: tensor.to(torch.float8_e4m3fn) for name, tensor in sd.items()})
save("half.pth", {name: tensor.half() for name, tensor in sd.items()})
save("bfloat16.pth", {name: tensor.bfloat16() for name, tensor in sd.items()})
save("nothing.pth", {"epoch": 3, "args": argparse.Namespace(lr=0.1)})
with open(out / "pickled.pkl", "wb") as file:
    pickle.dump(sd, file)
