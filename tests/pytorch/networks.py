"""Every depth network by name, and parameters that need no file.

The names of the state dicts are those of published checkpoints where there are any, and those of the program.
"""

import numpy as np
import torch

from encoders import ENCODERS
from lineage import Hu, Monodepth2, PoseCnn, PoseResnet
from msfnet import Msfnet


def build(name, gate="eda", normalised=True, **switches):
    """`msfnet-ENCODER`, `monodepth2-r18|r50`, `monodepth2-pose`, `monodepth2-posecnn`, `hu-ENCODER` or an encoder;
    in evaluation mode. `gate` and `switches` are MSFNet's. `lite0` is short for `efficientnet_lite0`."""
    kind, _, rest = name.partition("-")
    rest = rest.replace("-", "_")
    # Short names, as on the command line.
    encoder = f"efficientnet_{rest}" if rest.startswith("lite") else {"se_resnext50": "se_resnext50_32x4d"}.get(rest, rest)
    if kind == "msfnet":
        net = Msfnet(encoder, gate, normalised=normalised, **switches)
    elif kind == "hu":
        net = Hu(encoder, normalised)
    elif kind == "monodepth2":
        net = PoseCnn() if rest == "posecnn" else PoseResnet() if rest == "pose" else Monodepth2(int(rest[1:]))
    else:
        net = ENCODERS[name]()
    return net.eval()


def stream(name, count):
    """`count` values in 0…1 that depend on the name alone: FNV-1a of it, then a 32-bit mixing of h ⊕ j·0x9E3779B1."""
    h = 2166136261
    for byte in name.encode():
        h = (h ^ byte) * 16777619 & 0xFFFFFFFF
    x = np.uint32(h) ^ (np.arange(count, dtype=np.uint64) * 0x9E3779B1).astype(np.uint32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        x ^= x >> np.uint32(shift)
        x = (x.astype(np.uint64) * factor).astype(np.uint32)
    return x.astype(np.float64) / 2**32


def picture(name, shape):
    """The stream as a tensor in f32, row-major."""
    return torch.from_numpy(stream(name, int(np.prod(shape))).astype(np.float32).reshape(shape))


@torch.no_grad()
def fill(net, prefix=""):
    """Parameters from their names: norms near 1, biases near 0, weights scaled by their fan-in; rounded to f32."""
    for name, tensor in net.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        v = 2 * stream(prefix + name, tensor.numel()) - 1
        if name.endswith(("running_mean", "bias")):
            v = 0.1 * v
        elif name.endswith("running_var"):
            v = 1 + 0.2 * v
        elif tensor.dim() >= 2:
            v = v * np.sqrt(3 / (tensor.numel() / tensor.shape[0]))
        else:
            v = 1 + 0.1 * v
        tensor.copy_(torch.from_numpy(v.astype(np.float32).reshape(tensor.shape)))
    return net
