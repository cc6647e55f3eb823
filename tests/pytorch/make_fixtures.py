"""Writes the fixtures of tests/data that PyTorch has to make: outputs of every network, checkpoints of every kind, and what
the trained networks of models/ make of a sample.

    python make_fixtures.py [--out ../data] [--only golden|checkpoints|parity]

Except in `parity`, the networks' parameters are those of `networks.fill`, so that no weights file is needed beside a
fixture. Everything is computed in double precision and rounded once. A large tensor is kept as every k-th element of its flat form: metadata
`NAME.shape` has the whole shape and `NAME.every` the k (1 when it is whole).
"""

import argparse
import json
from math import gcd, prod
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import checkpoints
from networks import ENCODERS, build, fill, picture

SAMPLES = 1024  # elements kept of an encoder's stage
GATES = ("eda", "cbam_s", "none")
# The open points of the paper, each away from its default.
SWITCHES = {
    "baseline": {"gate": "none", "usf": False},
    "inline": {"eda_inline": True},
    "pre_relu": {"eda_source": "pre_relu"},
    "narrow": {"usf_width": 8},
    "pool_max": {"usf_pool": "max"},
    "add": {"rdr_integrate": "add"},
    "half_pixel": {"align_corners": False},
    "softplus": {"output": "softplus"},
}


def thin(tensor, most):
    """Every k-th element and k: at most `most` of them, k without a factor in common with the rows and planes."""
    k = -(-tensor.numel() // most)
    while gcd(k, prod(tensor.shape[2:])) > 1:
        k += 1
    return tensor.flatten()[::k], k


def write(path, input_, outputs, most=1 << 30, **about):
    """One fixture: `input` and the outputs, in f32."""
    tensors, metadata = {"input": input_}, {"format": "pt", "torch": torch.__version__, **about}
    for name, tensor in outputs.items():
        kept, k = thin(tensor, most if name.startswith("stage") else 1 << 30)
        tensors[name] = (tensor if k == 1 else kept).to(torch.float32).contiguous().clone()
        metadata |= {f"{name}.shape": "x".join(map(str, tensor.shape)), f"{name}.every": str(k)}
    save_file(tensors, path, metadata)
    print(f"{path.name}: {path.stat().st_size} bytes")


@torch.no_grad()
def encoders(out):
    """Per encoder: its stages on the bare input, and MSFNet's outputs with each gate on the normalised one."""
    x = picture("input", (1, 3, 57, 76))
    for name in ENCODERS:
        outputs = {f"stage{n}": s for n, s in enumerate(fill(build(name)).double()(x.double()))}
        for gate in GATES:
            found = fill(build(f"msfnet-{name}", gate)).double().outputs(x.double())
            outputs |= {f"{gate}.{part}": found[part] for part in ("y", "aux2", "aux3") if part in found}
        write(out / f"golden_{name}.safetensors", x, outputs, SAMPLES,
              stages="bare encoder, names without a prefix, input as it is",
              gates="MSFNet on this encoder, input normalised by the network")  # fmt: skip


@torch.no_grad()
def switches(out):
    """MSFNet on ResNet-18 with each switch by itself: its y."""
    x, outputs = picture("input", (1, 3, 57, 76)), {}
    for name, switch in SWITCHES.items():
        outputs[name] = fill(build("msfnet-resnet18", **switch)).double()(x.double())
    write(out / "golden_msfnet_switches.safetensors", x, outputs, **{f"{k}.switch": str(v) for k, v in SWITCHES.items()})


@torch.no_grad()
def depth_networks(out):
    """Monodepth2 and Hu et al."""
    x, pair = picture("input", (1, 3, 64, 96)), picture("input2", (1, 6, 64, 96))
    for depth in ("r18", "r50"):
        found = fill(build(f"monodepth2-{depth}")).double().outputs(x.double())
        disparities = {f"disp{n}": found[f"disp{n}"] for n in range(4)}
        write(out / f"golden_monodepth2_{depth}.safetensors", x, disparities, names="encoder.*, decoder.*")
    outputs = {}
    for name in ("pose", "posecnn"):
        found = fill(build(f"monodepth2-{name}")).double().outputs(pair.double())
        outputs |= {f"{name}.{part}": tensor for part, tensor in found.items()}
    write(out / "golden_monodepth2_pose.safetensors", pair, outputs, names="encoder.*, net.*, pose_conv.*")
    x = picture("input", (1, 3, 57, 76))
    for encoder in ("senet154", "resnet50"):
        found = fill(build(f"hu-{encoder}")).double().outputs(x.double())
        write(out / f"golden_hu_{encoder}.safetensors", x, {"out": found["out"]},
              names="E.*, D.*, MFF.*, R.*", normalisation="ImageNet, by the network")  # fmt: skip


def errors(y, config, truth):
    """REL and δ1 over the whole photograph, as the program reads y (10 / metres, for a canonical focal length or as it is)."""
    # A network of several cameras raises a KeyError: its metres are those of the picture's camera.
    factor = config["own_focal"] * 2 * y.shape[3] / config["canonical_focal"] if "canonical_focal" in config else 1
    depth = F.interpolate(10 / y.clamp(1, 100) * factor, truth.shape, mode="bilinear", align_corners=True)[0, 0].numpy()
    valid = np.isfinite(truth) & (truth > 0)
    depth, truth = depth[valid], truth[valid].astype(np.float64)
    ratio = np.maximum(depth / truth, truth / depth)
    return {"rel": f"{(abs(depth - truth) / truth).mean():.6f}", "d1": f"{(ratio < 1.25).mean():.6f}"}


@torch.no_grad()
def parity(out):
    """The trained NYU networks on the motorcycle sample: stages, attention, all three outputs, and the depth's error."""
    root = Path(__file__).resolve().parents[2]
    truth = np.load(root / "assets/samples/motorcycle/depth.npy")
    photograph = Image.open(root / "assets/samples/motorcycle/left.png").convert("RGB")
    small = np.asarray(photograph.resize((320, 224), Image.Resampling.BILINEAR), dtype=np.float32) / 255
    x = torch.from_numpy(small.transpose(2, 0, 1).copy())[None]
    for name, gate in (("eda", "eda"), ("cbam", "cbam_s")):
        net = build("msfnet-lite0", gate)
        weights = root / f"models/msfnet-lite0-nyu-{name}.safetensors"
        missing, unexpected = net.load_state_dict(load_file(weights), strict=False)
        lost = [key for key in missing if not key.endswith("num_batches_tracked")]
        if lost or unexpected:
            raise SystemExit(f"{name}: lacks {lost}, and nobody knows {unexpected}")
        net = net.double()
        found = net.outputs(x.double())
        found["gate.map"] = net.eda.attention(found["stage3"])
        with safe_open(weights, "pt") as file:
            config = json.loads(file.metadata()["msfnet_studio.config"])
        write(out / f"parity_msfnet_lite0_nyu_{name}.safetensors", x, found,
              source="samples/motorcycle/left.png, Pillow bilinear to 320x224, /255", y="10 / metres",
              **errors(found["y"], config, truth))  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "data")
    parser.add_argument("--only", choices=("golden", "checkpoints", "parity"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.only in (None, "golden"):
        encoders(arguments.out)
        switches(arguments.out)
        depth_networks(arguments.out)
    if arguments.only in (None, "checkpoints"):
        checkpoints.write_all(arguments.out / "checkpoints")
    if arguments.only in (None, "parity"):
        parity(arguments.out)
