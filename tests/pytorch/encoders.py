"""The encoders of MSFNet in PyTorch: ours, for cross-checks, with the state-dict names that published checkpoints have.

Every encoder maps N×3×H×W to five maps at 1/2, 1/4, 1/8, 1/16 and 1/32 of the size, `channels` wide. None of them
normalises its input by itself: `mean` and `std` say how RGB in 0…1 has to be brought to what the weights expect.
Classifiers are left out; everything is for evaluation (no dropout, no stochastic depth).
"""

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import nn

from lite import IMAGENET, EfficientNetLite, conv

# ---------------------------------------------------------------- squeeze-and-excitation networks


class Squeeze(nn.Module):
    def __init__(self, channels, reduction=16):
        super().__init__()
        self.fc1 = conv(channels, channels // reduction, 1, bias=True)
        self.fc2 = conv(channels // reduction, channels, 1, bias=True)

    def forward(self, x):
        return x * torch.sigmoid(self.fc2(F.relu(self.fc1(x.mean((2, 3), keepdim=True)))))


class SeBlock(nn.Module):
    """1×1, 3×3, 1×1, gate, shortcut. `widths` after each convolution; `strides` of the first and the second."""

    def __init__(self, inputs, widths, strides, groups, shortcut_kernel):
        super().__init__()
        a, b, c = widths
        self.conv1, self.bn1 = conv(inputs, a, 1, strides[0]), nn.BatchNorm2d(a)
        self.conv2, self.bn2 = conv(a, b, 3, strides[1], groups=groups), nn.BatchNorm2d(b)
        self.conv3, self.bn3 = conv(b, c, 1), nn.BatchNorm2d(c)
        self.se_module = Squeeze(c)
        self.downsample = None
        if shortcut_kernel:
            self.downsample = nn.Sequential(conv(inputs, c, shortcut_kernel, max(strides)), nn.BatchNorm2d(c))

    def before_relu(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.se_module(self.bn3(self.conv3(y)))
        return y + (x if self.downsample is None else self.downsample(x))

    def forward(self, x):
        return F.relu(self.before_relu(x))


class SeNet(nn.Module):
    """SENet-154, SE-ResNeXt50_32x4d, SE-ResNet50."""

    mean, std = IMAGENET

    def __init__(self, kind):
        super().__init__()
        big = kind == "senet154"
        stem, width = OrderedDict(), 128 if big else 64
        layout = [(3, 64, 3, 2), (64, 64, 3, 1), (64, 128, 3, 1)] if big else [(3, 64, 7, 2)]
        for n, (i, o, k, s) in enumerate(layout, 1):
            stem |= {f"conv{n}": conv(i, o, k, s), f"bn{n}": nn.BatchNorm2d(o), f"relu{n}": nn.ReLU()}
        stem["pool"] = nn.MaxPool2d(3, 2, 0, ceil_mode=True)
        self.layer0 = nn.Sequential(stem)
        self.channels = (width, 256, 512, 1024, 2048)
        for level, blocks in enumerate([3, 8, 36, 3] if big else [3, 4, 6, 3], 1):
            planes, stride, built = 32 * 2**level, 1 if level == 1 else 2, []
            for n in range(blocks):
                s = stride if n == 0 else 1
                widths, strides, groups = {
                    "senet154": ((2 * planes, 4 * planes, 4 * planes), (1, s), 64),
                    "se_resnext50_32x4d": ((2 * planes, 2 * planes, 4 * planes), (1, s), 32),
                    "se_resnet50": ((planes, planes, 4 * planes), (s, 1), 1),
                }[kind]
                shortcut = 0 if n else (3 if big and level > 1 else 1)
                built.append(SeBlock(width, widths, strides, groups, shortcut))
                width = 4 * planes
            setattr(self, f"layer{level}", nn.Sequential(*built))

    def forward(self, x):
        stages = [self.layer0[:-1](x)]
        x = self.layer0.pool(stages[0])
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
            stages.append(x)
        return stages


# ---------------------------------------------------------------- torchvision's ResNet


class ResBlock(nn.Module):
    """Two 3×3 convolutions, or 1×1, 3×3 (strided), 1×1."""

    def __init__(self, inputs, planes, stride, deep):
        super().__init__()
        out = 4 * planes if deep else planes
        if deep:
            layout = [(inputs, planes, 1, 1), (planes, planes, 3, stride), (planes, out, 1, 1)]
        else:
            layout = [(inputs, planes, 3, stride), (planes, planes, 3, 1)]
        self.depth = len(layout)
        for n, (i, o, k, s) in enumerate(layout, 1):
            setattr(self, f"conv{n}", conv(i, o, k, s))
            setattr(self, f"bn{n}", nn.BatchNorm2d(o))
        self.downsample = None
        if stride != 1 or inputs != out:
            self.downsample = nn.Sequential(conv(inputs, out, 1, stride), nn.BatchNorm2d(out))

    def before_relu(self, x):
        y = x
        for n in range(1, self.depth + 1):
            y = getattr(self, f"bn{n}")(getattr(self, f"conv{n}")(y))
            if n < self.depth:
                y = F.relu(y)
        return y + (x if self.downsample is None else self.downsample(x))

    def forward(self, x):
        return F.relu(self.before_relu(x))


class ResNet(nn.Module):
    """ResNet-18, 34 or 50; `inputs` is 3, or 6 for a pair of pictures."""

    mean, std = IMAGENET

    def __init__(self, depth, inputs=3):
        super().__init__()
        deep = depth > 34
        self.conv1, self.bn1, self.maxpool = conv(inputs, 64, 7, 2), nn.BatchNorm2d(64), nn.MaxPool2d(3, 2, 1)
        self.channels = (64, *(64 * 2**n * (4 if deep else 1) for n in range(4)))
        for level, blocks in enumerate({18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3]}[depth], 1):
            built = []
            for n in range(blocks):
                before = self.channels[level] if n else (64 if level == 1 else self.channels[level - 1])
                built.append(ResBlock(before, 32 * 2**level, 2 if level > 1 and n == 0 else 1, deep))
            setattr(self, f"layer{level}", nn.Sequential(*built))

    def forward(self, x):
        stages = [F.relu(self.bn1(self.conv1(x)))]
        x = self.maxpool(stages[0])
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
            stages.append(x)
        return stages


# ---------------------------------------------------------------- MobileNetV2


# expansion, outputs, repeats, stride of the first
MOBILE = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        width = inputs * expansion

        def unit(i, o, k, s, g):
            return nn.Sequential(conv(i, o, k, s, groups=g), nn.BatchNorm2d(o), nn.ReLU6())

        parts = [] if expansion == 1 else [unit(inputs, width, 1, 1, 1)]
        parts += [unit(width, width, 3, stride, width), conv(width, outputs, 1), nn.BatchNorm2d(outputs)]
        self.conv = nn.Sequential(*parts)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


class MobileNetV2(nn.Module):
    """Up to `features.17`; the 1280-channel head is left out."""

    mean, std = IMAGENET
    channels = (16, 24, 32, 96, 320)
    taps = (1, 3, 6, 13, 17)

    def __init__(self):
        super().__init__()
        features, width = [nn.Sequential(conv(3, 32, 3, 2), nn.BatchNorm2d(32), nn.ReLU6())], 32
        for expansion, outputs, repeats, stride in MOBILE:
            for n in range(repeats):
                features.append(InvertedResidual(width, outputs, 1 if n else stride, expansion))
                width = outputs
        self.features = nn.Sequential(*features)

    def forward(self, x):
        stages = []
        for n, feature in enumerate(self.features):
            x = feature(x)
            if n in self.taps:
                stages.append(x)
        return stages


ENCODERS = {
    "senet154": lambda: SeNet("senet154"),
    "se_resnext50_32x4d": lambda: SeNet("se_resnext50_32x4d"),
    "se_resnet50": lambda: SeNet("se_resnet50"),
    "resnet18": lambda: ResNet(18),
    "resnet34": lambda: ResNet(34),
    "resnet50": lambda: ResNet(50),
    "mobilenet_v2": MobileNetV2,
    "efficientnet_lite0": lambda: EfficientNetLite(0),
    "efficientnet_lite1": lambda: EfficientNetLite(1),
    "efficientnet_lite2": lambda: EfficientNetLite(2),
    "efficientnet_lite0_timm": lambda: EfficientNetLite(0, tf=False),
    "efficientnet_lite1_timm": lambda: EfficientNetLite(1, tf=False),
    "efficientnet_lite2_timm": lambda: EfficientNetLite(2, tf=False),
}
