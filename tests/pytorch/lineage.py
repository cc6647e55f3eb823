"""Monodepth2 and Hu et al. 2019 in PyTorch: ours, for cross-checks, with the names of their published checkpoints."""

import torch
import torch.nn.functional as F
from torch import nn

from encoders import ENCODERS, ResNet
from lite import conv
from msfnet import normalise, resize

# ---------------------------------------------------------------- Monodepth2


class PadConv(nn.Module):
    """3×3 with the border reflected."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = conv(inputs, outputs, 3, padding=0, bias=True)

    def forward(self, x):
        return self.conv(F.pad(x, (1, 1, 1, 1), mode="reflect"))


class EluConv(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = PadConv(inputs, outputs)

    def forward(self, x):
        return F.elu(self.conv(x))


class Monodepth2(nn.Module):
    """`encoder.*` are the tensors of encoder.pth (without its classifier), `decoder.*` those of depth.pth."""

    def __init__(self, depth=18):
        super().__init__()
        self.encoder = ResNet(depth)
        enc, dec = self.encoder.channels, (16, 32, 64, 128, 256)
        steps = []
        for i in range(4, -1, -1):
            steps.append(EluConv(enc[4] if i == 4 else dec[i + 1], dec[i]))
            steps.append(EluConv(dec[i] + (enc[i - 1] if i else 0), dec[i]))
        self.decoder = nn.ModuleList(steps + [PadConv(dec[i], 1) for i in range(4)])

    def outputs(self, x):
        features = self.encoder((x - 0.45) / 0.225)
        out, x = {f"f{n}": f for n, f in enumerate(features)}, features[4]
        for n, i in enumerate(range(4, -1, -1)):
            x = F.interpolate(self.decoder[2 * n](x), scale_factor=2, mode="nearest")
            if i:
                x = torch.cat([x, features[i - 1]], 1)
            x = self.decoder[2 * n + 1](x)
            if i < 4:
                out[f"disp{i}"] = torch.sigmoid(self.decoder[10 + i](x))
        return out

    def forward(self, x):
        return self.outputs(x)["disp0"]


class PoseResnet(nn.Module):
    """Two pictures, stacked along channels → axis-angle and translation (1×2×1×3 each; index 0 is the pair's).
    `encoder.*` are the tensors of pose_encoder.pth, `net.*` those of pose.pth."""

    def __init__(self, depth=18):
        super().__init__()
        self.encoder = ResNet(depth, inputs=6)
        width = self.encoder.channels[4]
        layout = [(width, 256, 1), (256, 256, 3), (256, 256, 3), (256, 12, 1)]
        self.net = nn.ModuleList(conv(i, o, k, bias=True) for i, o, k in layout)

    def outputs(self, x):
        x = self.encoder((x - 0.45) / 0.225)[4]
        for layer in self.net[:3]:
            x = F.relu(layer(x))
        pose = 0.01 * self.net[3](x).mean((2, 3)).view(-1, 2, 1, 6)
        return {"axisangle": pose[..., :3], "translation": pose[..., 3:]}


class PoseCnn(nn.Module):
    """The small pose network: 1×1×1×3 each."""

    def __init__(self):
        super().__init__()
        widths = [6, 16, 32, 64, 128, 256, 256, 256]
        kernels = [7, 5, 3, 3, 3, 3, 3]
        self.net = nn.ModuleList(conv(i, o, k, 2, bias=True) for i, o, k in zip(widths, widths[1:], kernels))
        self.pose_conv = conv(256, 6, 1, bias=True)

    def outputs(self, x):
        for layer in self.net:
            x = F.relu(layer(x))
        pose = 0.01 * self.pose_conv(x).mean((2, 3)).view(-1, 1, 1, 6)
        return {"axisangle": pose[..., :3], "translation": pose[..., 3:]}


# ---------------------------------------------------------------- Hu et al. 2019


class UpProjection(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, outputs, 5), nn.BatchNorm2d(outputs)
        self.conv1_2, self.bn1_2 = conv(outputs, outputs, 3), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = conv(inputs, outputs, 5), nn.BatchNorm2d(outputs)

    def forward(self, x, size):
        x = resize(x, size)
        return F.relu(self.bn1_2(self.conv1_2(F.relu(self.bn1(self.conv1(x))))) + self.bn2(self.conv2(x)))


class Hu(nn.Module):
    """Metres at twice the size of the 1/4 map; `E.base.N` for SENet-154, torchvision's names for ResNet-50."""

    def __init__(self, encoder="senet154", normalised=True):
        super().__init__()
        net, self.normalised = ENCODERS[encoder](), normalised
        self.mean, self.std = net.mean, net.std
        self.E = net
        if encoder == "senet154":
            self.E = nn.Module()
            self.E.base = nn.Sequential(net.layer0, net.layer1, net.layer2, net.layer3, net.layer4)
        c = net.channels[4]
        self.D, self.MFF, self.R = nn.Module(), nn.Module(), nn.Module()
        self.D.conv, self.D.bn = conv(c, c // 2, 1), nn.BatchNorm2d(c // 2)
        for n in range(1, 5):
            setattr(self.D, f"up{n}", UpProjection(c // 2**n, c // 2 ** (n + 1)))
            setattr(self.MFF, f"up{n}", UpProjection(net.channels[n], 16))
        self.MFF.conv, self.MFF.bn = conv(64, 64, 5), nn.BatchNorm2d(64)
        width = 64 + c // 32
        self.R.conv0, self.R.bn0 = conv(width, width, 5), nn.BatchNorm2d(width)
        self.R.conv1, self.R.bn1 = conv(width, width, 5), nn.BatchNorm2d(width)
        self.R.conv2 = conv(width, 1, 5, bias=True)

    def blocks(self, x):
        if not hasattr(self.E, "base"):
            return self.E(x)[1:]
        blocks, x = [], self.E.base[0](x)
        for layer in self.E.base[1:]:
            x = layer(x)
            blocks.append(x)
        return blocks

    def outputs(self, x):
        blocks = self.blocks(normalise(x, self.mean, self.std) if self.normalised else x)
        sizes = [b.shape[2:] for b in blocks]
        full = [2 * n for n in sizes[0]]
        d, r = F.relu(self.D.bn(self.D.conv(blocks[3]))), self.R
        for n, size in enumerate([sizes[2], sizes[1], sizes[0], full], 1):
            d = getattr(self.D, f"up{n}")(d, size)
        m = torch.cat([getattr(self.MFF, f"up{n}")(b, full) for n, b in enumerate(blocks, 1)], 1)
        m = F.relu(self.MFF.bn(self.MFF.conv(m)))
        x = torch.cat([d, m], 1)
        x = F.relu(r.bn1(r.conv1(F.relu(r.bn0(r.conv0(x))))))
        return {"D": d, "MFF": m, "out": r.conv2(x)}

    def forward(self, x):
        return self.outputs(x)["out"]
