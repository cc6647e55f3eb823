"""EfficientNet-Lite0, 1 and 2 in PyTorch, and what all encoders share: ours, for cross-checks."""

from math import ceil

import torch.nn.functional as F
from torch import nn

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
# (255 x - 127) / 128 written as (x - mean) / std.
TENSORFLOW = ((127 / 255,) * 3, (128 / 255,) * 3)


def conv(inputs, outputs, kernel, stride=1, padding=None, groups=1, bias=False):
    """A convolution that keeps the size at stride 1 unless told otherwise."""
    padding = kernel // 2 if padding is None else padding
    return nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=bias)


class SameConv(nn.Conv2d):
    """TensorFlow's SAME padding: as much as the stride needs, the odd pixel below and to the right."""

    def forward(self, x):
        pads = []
        for size, k, s in zip(reversed(x.shape[2:]), reversed(self.kernel_size), reversed(self.stride)):
            total = max(((size + s - 1) // s - 1) * s + k - size, 0)
            pads += [total // 2, total - total // 2]
        return F.conv2d(F.pad(x, pads), self.weight, self.bias, self.stride, 0, 1, self.groups)


# kernel, stride, expansion, outputs, repeats of Lite0; a tap behind groups 0, 1, 2, 4 and 6.
LITE = [
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
]
LITE_TAPS = (0, 1, 2, 4, 6)
LITE_SCALES = {0: (1.0, 1.0), 1: (1.0, 1.1), 2: (1.1, 1.2)}


def lite_table(number):
    """The block groups of Lite0, 1, 2: widths to the nearest 8 (never below 90 %), depths rounded up; the first and
    the last group are not repeated more, and the stem keeps its 32 channels."""
    width, depth = LITE_SCALES[number]
    for n, (kernel, stride, expansion, outputs, repeats) in enumerate(LITE):
        scaled = max(8, int(outputs * width + 4) // 8 * 8)
        scaled += 8 if scaled < 0.9 * outputs * width else 0
        yield kernel, stride, expansion, scaled, repeats if n in (0, len(LITE) - 1) else ceil(repeats * depth)


class LiteBlock(nn.Module):
    """Expand, depthwise, project. The names are TensorFlow's port (`tf`) or timm's."""

    def __init__(self, inputs, outputs, kernel, stride, expansion, tf):
        super().__init__()
        width = inputs * expansion
        norm = {"eps": 1e-3, "momentum": 0.01} if tf else {}
        make = SameConv if tf else conv
        padding = 0 if tf else kernel // 2
        depthwise = make(width, width, kernel, stride, padding, groups=width, bias=False)
        steps = [
            (conv(inputs, width, 1), "_expand_conv", "_bn0", "conv_pw", "bn1"),
            (depthwise, "_depthwise_conv", "_bn1", "conv_dw", "bn2"),
            (conv(width, outputs, 1), "_project_conv", "_bn2", "conv_pwl", "bn3"),
        ]
        if expansion == 1:
            # timm calls the parts of a block without expansion otherwise.
            steps = [steps[1][:3] + ("conv_dw", "bn1"), steps[2][:3] + ("conv_pw", "bn2")]
        self.steps = []
        for module, tf_conv, tf_norm, timm_conv, timm_norm in steps:
            names = (tf_conv, tf_norm) if tf else (timm_conv, timm_norm)
            setattr(self, names[0], module)
            setattr(self, names[1], nn.BatchNorm2d(module.out_channels, **norm))
            self.steps.append(names)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        y = x
        for n, (name, norm) in enumerate(self.steps, 1):
            y = getattr(self, norm)(getattr(self, name)(y))
            y = F.relu6(y) if n < len(self.steps) else y
        return x + y if self.residual else y


class EfficientNetLite(nn.Module):
    """EfficientNet-Lite0, 1 or 2 without its head, in TensorFlow's convention or in timm's."""

    def __init__(self, number, tf=True):
        super().__init__()
        self.tf = tf
        self.mean, self.std = TENSORFLOW if tf else IMAGENET
        groups, width, self.channels = [], 32, ()
        for n, (kernel, stride, expansion, outputs, repeats) in enumerate(lite_table(number)):
            groups.append([])
            for repeat in range(repeats):
                groups[-1].append(LiteBlock(width, outputs, kernel, 1 if repeat else stride, expansion, tf))
                width = outputs
            self.channels += (outputs,) if n in LITE_TAPS else ()
        if tf:
            self._conv_stem, self._bn0 = SameConv(3, 32, 3, 2, bias=False), nn.BatchNorm2d(32, eps=1e-3, momentum=0.01)
            self._blocks = nn.ModuleList(block for group in groups for block in group)
        else:
            self.conv_stem, self.bn1 = conv(3, 32, 3, 2), nn.BatchNorm2d(32)
            self.blocks = nn.Sequential(*(nn.Sequential(*group) for group in groups))
        self.lengths = [len(group) for group in groups]

    def forward(self, x):
        stem, norm = (self._conv_stem, self._bn0) if self.tf else (self.conv_stem, self.bn1)
        blocks = iter(self._blocks if self.tf else [block for group in self.blocks for block in group])
        x, stages = F.relu6(norm(stem(x))), []
        for n, length in enumerate(self.lengths):
            for _ in range(length):
                x = next(blocks)(x)
            if n in LITE_TAPS:
                stages.append(x)
        return stages
