"""Small checkpoints as real tools write them, and what a reader has to find in them.

`expected.safetensors` has sets of tensors as `SET/NAME`, contiguous, in the type that the files store. `expected.json`
says of each file which set it holds (`null`: it has to be refused) and why it is here.
"""

import argparse
import copy
import io
import json
import zipfile
from collections import OrderedDict
from unittest import mock

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn


class Tiny(nn.Module):
    """A convolution with its norm, and a head: 4-D, 1-D and integer tensors."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4)
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(torch.relu(self.bn1(self.conv1(x))).mean((2, 3)))


def tiny(seed=1):
    torch.manual_seed(seed)
    net = Tiny()
    for tensor in net.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(torch.rand_like(tensor) - 0.25)
        else:
            tensor.fill_(20_000)
    return net.eval()


def bare(state):
    """A plain dictionary of copies."""
    return OrderedDict((k, v.detach().clone()) for k, v in state.items())


def prefixed(state, prefix):
    return OrderedDict((prefix + k, v) for k, v in state.items())


def cast(state, dtype):
    return OrderedDict((k, v.to(dtype) if v.is_floating_point() else v) for k, v in state.items())


def adam(net):
    """The state of an optimiser that has made a step."""
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4)
    net(torch.ones(1, 3, 5, 5)).sum().backward()
    optimizer.step()
    return optimizer.state_dict()


def strided():
    """Tensors that are not simply their storage: transposed, expanded, cut out, shared, empty, a scalar."""
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 8
    return OrderedDict(
        transposed=base.t(),
        permuted=torch.arange(24, dtype=torch.float32).reshape(2, 3, 4).permute(2, 0, 1),
        channels_last=torch.arange(48, dtype=torch.float32).reshape(1, 3, 4, 4).to(memory_format=torch.channels_last),
        expanded=torch.tensor([[1.5], [2.5]]).expand(2, 3),
        stepped=base[:, ::2],
        row=base[2],
        whole=base,
        tied=base,
        scalar=torch.tensor(0.5),
        empty=torch.empty(0, 3),
    )


def sets():
    """What files hold."""
    state = bare(tiny(1).state_dict())
    return {
        "state": state,
        "averaged": bare(tiny(2).state_dict()),
        "uncounted": OrderedDict((k, v) for k, v in state.items() if v.is_floating_point()),
        "half": cast(state, torch.float16),
        "bfloat16": cast(state, torch.bfloat16),
        "strided": strided(),
    }


def kinds():
    """File name → (object, the set to find in it or None, why it is here)."""
    net, s = tiny(1), sets()
    state, averaged, optimizer = s["state"], s["averaged"], adam(copy.deepcopy(net))
    arguments = argparse.Namespace(lr=1e-4, encoder="resnet18", gpus=[0, 1], resume=None)
    parallel = prefixed(state, "module.")
    parameters = OrderedDict((k, nn.Parameter(v)) for k, v in s["uncounted"].items())
    monodepth2 = OrderedDict(state, height=192, width=640, use_stereo=False)
    scored = {"best_rel": np.float64(0.1273), "step": np.int64(7), "state_dict": state}
    below = {"model_state_dict": state, "optimizer_state_dict": optimizer, "loss": 0.25}
    return {
        "plain.pth": (state, "state", "a state dict"),
        "plain_legacy.pth": (state, "state", "the format before PyTorch 1.6"),
        "no_counters_legacy.pth": (s["uncounted"], "uncounted", "before num_batches_tracked"),
        "module.pth": (parallel, "state", "saved from DataParallel"),
        "compiled.pth": (prefixed(state, "_orig_mod."), "state", "saved from torch.compile"),
        "trainer.pth.tar": ({"epoch": 3, "state_dict": parallel, "optimizer": optimizer}, "state", "a trainer's"),
        "model_args.pth": ({"model": state, "args": arguments}, "state", "an argparse.Namespace beside the tensors"),
        "net.pth": ({"net": state, "acc": 0.5, "epoch": 9}, "state", "the model below `net`"),
        "model_state_dict.pth": (below, "state", "the model below `model_state_dict`"),
        "nested.pth": ({"net": {"state_dict": state}}, "state", "a wrapper in a wrapper"),
        "ema_both.pth": ({"state_dict": state, "state_dict_ema": averaged}, "state", "averaged beside plain weights"),
        "ema_only.pth": ({"model_ema": averaged, "epoch": 3}, "averaged", "averaged weights alone"),
        "numpy_scalar.pth": (scored, "state", "NumPy scalars beside the tensors"),
        "half.pth": (s["half"], "half", "float16"),
        "bfloat16.pth": (s["bfloat16"], "bfloat16", "bfloat16"),
        "bfloat16_legacy.pth": (s["bfloat16"], "bfloat16", "bfloat16 in the old format"),
        "parameters.pth": (parameters, "uncounted", "nn.Parameter objects"),
        "strided.pth": (s["strided"], "strided", "transposed, expanded, cut and shared storages"),
        "strided_legacy.pth": (s["strided"], "strided", "the same in the old format"),
        "monodepth2_legacy.pth": (monodepth2, "state", "integers and a bool among the tensors"),
        "no_extension": (state, "state", "a name without an ending"),
        "whole_module.pth": (net, None, "a pickled nn.Module: needs its class"),
        "whole_module_legacy.pth": (net, None, "the same in the old format, with a table of classes"),
        "optimizer_only.pth": (optimizer, None, "an optimiser without a model"),
    }


def onnx_file(net, path):
    """The convolution alone."""
    one = nn.Sequential(OrderedDict(conv1=copy.deepcopy(net.conv1))).eval()
    torch.onnx.export(one, (torch.zeros(1, 3, 5, 5),), path, dynamo=False, opset_version=17, input_names=["input"])


def torchscript_file(net, path):
    """An archive without its optional tables of source lines, which name this machine's folders."""
    whole = io.BytesIO()
    torch.jit.save(torch.jit.trace(net, torch.zeros(1, 3, 5, 5)), whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w") as target:
        for entry in source.infolist():
            if not entry.filename.endswith(".debug_pkl"):
                target.writestr(zipfile.ZipInfo(entry.filename), source.read(entry))


def save(thing, path):
    """`torch.save`, in the old format for names that say so. That format puts the classes' source beside a whole module
    where it finds it; ours is kept out, as from a program without sources."""
    if "legacy" not in path.name:
        return torch.save(thing, path)
    with mock.patch("inspect.getsourcelines", side_effect=OSError):
        torch.save(thing, path, _use_new_zipfile_serialization=False)


def write_all(folder):
    folder.mkdir(exist_ok=True)
    expected = {f"{name}/{key}": value for name, tensors in sets().items() for key, value in tensors.items()}
    verdicts = {}
    for name, (thing, found, why) in kinds().items():
        save(thing, folder / name)
        verdicts[name] = {"tensors": found, "why": why}
    net, whole = tiny(1), (folder / "plain.pth").read_bytes()
    torchscript_file(net, folder / "torchscript.pt")
    onnx_file(net, folder / "conv.onnx")
    (folder / "truncated.pth").write_bytes(whole[: len(whole) * 6 // 10])
    verdicts["torchscript.pt"] = {"tensors": None, "why": "a TorchScript archive"}
    verdicts["conv.onnx"] = {"tensors": None, "why": "an ONNX model"}
    verdicts["truncated.pth"] = {"tensors": None, "why": "the first 60 % of plain.pth"}
    metadata = {"format": "pt", "torch": torch.__version__}
    contiguous = {k: v.clone(memory_format=torch.contiguous_format) for k, v in expected.items()}
    save_file(contiguous, folder / "expected.safetensors", metadata)
    text = json.dumps(verdicts, indent=1, sort_keys=True)
    (folder / "expected.json").write_text(text + "\n", encoding="utf-8")
    sizes = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
    print(f"checkpoints: {len(sizes)} files, {sum(sizes.values())} bytes, the largest {max(sizes, key=sizes.get)}")
