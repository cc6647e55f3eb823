"""Whether our PyTorch definitions are right: the golden statistics of golden.txt, parameter counts, key counts and
names, and (where torchvision and timm are installed) their networks with the same weights. Exits with 1 when anything
disagrees.

    python self_check.py [--golden golden.txt]
"""

import argparse
import sys
from pathlib import Path

import torch

from msfnet import Rdr, SpatialGate, UpBlock
from networks import Hu, Monodepth2, build, fill, picture

WITHIN = 1e-4  # of the tensor's standard deviation
SIZES = {  # parameters without classifiers
    "senet154": 113_039_984,
    "se_resnext50_32x4d": 25_510_896,
    "se_resnet50": 26_039_024,
    "resnet18": 11_176_512,
    "resnet34": 21_284_672,
    "resnet50": 23_508_032,
    "mobilenet_v2": 1_811_712,
    "efficientnet_lite0": 2_958_848,
    "efficientnet_lite0_timm": 2_958_848,
    "msfnet-senet154": 134_915_975,
    "msfnet-se_resnext50_32x4d": 47_313_159,
    "msfnet-resnet50": 45_310_295,
    "msfnet-resnet34": 27_056_727,
    "msfnet-resnet18": 16_948_567,
    "msfnet-lite0": 5_856_423,
    "msfnet-mobilenet_v2": 4_672_407,
    "hu-senet154": 157_101_425,
    "hu-resnet50": 67_569_473,
    "monodepth2-r18": 11_176_512 + 3_152_724,
    "monodepth2-r50": 23_508_032 + 9_014_100,
    "monodepth2-pose": 11_185_920 + 1_314_572,
    "monodepth2-posecnn": 1_586_774,
}
# Entries of the published state dicts without the classifier's two.
KEYS = {"senet154": 1142, "se_resnext50_32x4d": 382, "se_resnet50": 382, "resnet18": 120, "resnet34": 216, "resnet50": 318}
failures = []


def report(what, error, within=WITHIN):
    bad = not error <= within
    print(f"{'WRONG' if bad else 'ok   '} {what}: {error:.2e}")
    if bad:
        failures.append(what)


@torch.no_grad()
def golden_outputs():
    """Every tensor of golden.txt by its name, computed in double precision."""
    small, pair = picture("input", (1, 3, 57, 76)).double(), picture("input2", (1, 6, 64, 96)).double()
    senets = ("senet154", "se_resnext50_32x4d", "se_resnet50")
    for name in (*senets, "resnet18", "resnet50", "mobilenet_v2", "efficientnet_lite0"):
        # The golden rows of Lite0 are of timm's convention.
        net = fill(build("efficientnet_lite0_timm" if name == "efficientnet_lite0" else name)).double()
        for n, stage in enumerate(net(small)):
            yield f"{name} s{n}", stage
    for name, tensor in fill(Monodepth2(18)).eval().double().outputs(picture("input", (1, 3, 64, 96)).double()).items():
        yield f"md2 {'encoder ' if name[0] == 'f' else ''}{name}", tensor
    for name in ("pose", "posecnn"):
        for part, tensor in fill(build(f"monodepth2-{name}")).double().outputs(pair).items():
            yield f"md2 {name} {part}", tensor
    for name, tensor in fill(Hu("resnet50", normalised=False)).eval().double().outputs(small).items():
        yield f"hu19 resnet50 {name}", tensor
    feat = 2 * picture("feat", (1, 8, 9, 11)).double() - 1
    yield "cbam SpatialGate (keys spatial.conv/bn)", fill(SpatialGate("cbam_s"), "spatial.").eval().double()(feat)
    gate = fill(SpatialGate("eda")).eval().double()
    yield "EDA (keys conv/bn)", gate(feat)
    yield "EDA relu input", gate(feat.relu())
    net = fill(build("msfnet-resnet18", normalised=False)).double().outputs(small)
    for name in ("y", "aux2", "aux3"):
        yield f"msfnet-r18 {name}", net[name]
    yield "UpBlock c8 r2", fill(UpBlock(8, 2)).double()(picture("feat", (1, 8, 5, 7)).double())
    yield "RDR 64", fill(Rdr(64)).eval().double()(2 * picture("feat64", (1, 64, 6, 9)).double() - 1)


def check_golden(path):
    rows = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, shape, *numbers, samples = (cell.strip() for cell in line.split("|"))
            rows[name] = (shape, [float(x) for x in numbers + samples.split(",")])
    for name, tensor in golden_outputs():
        shape, expected = rows.pop(name)
        flat = tensor.flatten()
        n, std = flat.numel(), float(flat.std(correction=0))
        ours = [flat.mean(), std, flat.min(), flat.max(), *(flat[k * (n - 1) // 4] for k in range(5))]
        worst = max(abs(float(a) - b) for a, b in zip(ours, expected)) / std
        report(f"golden {name}", worst if shape == "×".join(map(str, tensor.shape)) else float("inf"))
    report("golden rows without an output", len(rows), 0)


def check_sizes():
    for name, parameters in SIZES.items():
        report(f"parameters of {name}", abs(sum(p.numel() for p in build(name).parameters()) - parameters), 0)
    for name, keys in KEYS.items():
        report(f"state dict of {name}", abs(len(build(name).state_dict()) - keys), 0)


@torch.no_grad()
def same(what, ours, theirs, run):
    """Gives `theirs` our filled weights in our order and compares what `run` says of both. Names have to be equal
    unless `what` begins with TensorFlow's, whose port has other names for the same order."""
    fill(ours)
    state, target = ours.state_dict(), theirs.state_dict()
    if what.startswith("tf_"):
        state = dict(zip(target, state.values(), strict=True))
    found = theirs.load_state_dict(state, strict=False)
    missing = [k for k in found.missing_keys if not k.startswith(("fc.", "features.18.", "classifier."))]
    report(f"names of {what}", len(missing) + len(found.unexpected_keys), 0)
    x = picture("input", (1, 3, 97, 130)).double()
    a, b = run(ours.eval().double(), theirs.eval().double(), x)
    report(f"{what}", max(float((p - q).abs().max() / q.std()) for p, q in zip(a, b, strict=True)), 1e-9)


def check_torchvision():
    try:
        import torchvision.models as tv
        from torchvision.models.feature_extraction import create_feature_extractor
    except ImportError:
        return print("torchvision is not installed: its networks are not compared")
    for depth in (18, 34, 50):
        taps = ["relu", "layer1", "layer2", "layer3", "layer4"]
        same(f"torchvision resnet{depth}", build(f"resnet{depth}"), getattr(tv, f"resnet{depth}")(),
             lambda a, b, x: (a(x), create_feature_extractor(b, taps)(x).values()))  # fmt: skip
    taps = [f"features.{n}" for n in (1, 3, 6, 13, 17)]
    same("torchvision mobilenet_v2", build("mobilenet_v2"), tv.mobilenet_v2(),
         lambda a, b, x: (a(x), create_feature_extractor(b, taps)(x).values()))  # fmt: skip


def check_timm():
    try:
        import timm
    except ImportError:
        return print("timm is not installed: its networks are not compared")
    for number in (0, 1, 2):
        for prefix, suffix in (("tf_", ""), ("", "_timm")):
            name = f"{prefix}efficientnet_lite{number}"
            # The outputs of block groups 0, 1, 2, 4 and 6, as ours.
            theirs = timm.create_model(name, features_only=True, feature_location="bottleneck")
            same(name, build(f"efficientnet_lite{number}{suffix}"), theirs, lambda a, b, x: (a(x), b(x)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--golden", type=Path, default=Path(__file__).with_name("golden.txt"))
    golden = parser.parse_args().golden
    torch.set_num_threads(1)
    check_sizes()
    check_torchvision()
    check_timm()
    check_golden(golden)
    print(f"{len(failures)} wrong" + "".join(f"\n  {f}" for f in failures))
    sys.exit(bool(failures))
