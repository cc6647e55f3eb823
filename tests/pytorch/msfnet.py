"""MSFNet in PyTorch on any encoder, with any gate: ours, for cross-checks."""

import torch
import torch.nn.functional as F
from torch import nn

from encoders import ENCODERS
from lite import conv


def normalise(x, mean, std):
    """(x - mean) / std by channel."""
    shape = (1, -1, 1, 1)
    return (x - x.new_tensor(mean).view(shape)) / x.new_tensor(std).view(shape)


def resize(x, size, align_corners=True):
    return F.interpolate(x, size=tuple(size), mode="bilinear", align_corners=align_corners)


def leaky(x):
    return F.leaky_relu(x, 0.2)


class SpatialGate(nn.Module):
    """EDA (average − minimum, maximum − minimum over channels) or CBAM-S (maximum, average)."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        self.conv, self.bn = conv(2, 1, 7), nn.BatchNorm2d(1, momentum=0.01)

    def attention(self, x):
        top, mean = x.amax(1, keepdim=True), x.mean(1, keepdim=True)
        if self.kind == "eda":
            low = x.amin(1, keepdim=True)
            pools = [mean - low, top - low]
        else:
            pools = [top, mean]
        return torch.sigmoid(self.bn(self.conv(torch.cat(pools, 1))))

    def forward(self, x):
        return x * self.attention(x)


class UpBlock(nn.Module):
    """C → 64 → 32 → 16 r², then the pixels of r × r maps are interleaved."""

    def __init__(self, inputs, factor, width=16):
        super().__init__()
        self.conv1, self.conv2 = conv(inputs, 64, 3, bias=True), conv(64, 32, 3, bias=True)
        self.conv3, self.factor = conv(32, width * factor**2, 3, bias=True), factor

    def forward(self, x):
        return F.pixel_shuffle(self.conv3(leaky(self.conv2(leaky(self.conv1(x))))), self.factor)


class Rdr(nn.Module):
    """Residual refinement: one half normalised by instance, the other by batch."""

    def __init__(self, c=64, integrate="concat"):
        super().__init__()
        q, self.integrate = c // 4, integrate
        self.squeeze = conv(c, c // 2, 1)
        for half, norm in (("in", nn.InstanceNorm2d(q, affine=True)), ("bn", nn.BatchNorm2d(q))):
            setattr(self, f"{half}_conv1", nn.Conv2d(q, q, (3, 1), padding=(1, 0), bias=False))
            setattr(self, f"{half}_conv2", nn.Conv2d(q, q, (1, 3), padding=(0, 1), bias=False))
            setattr(self, f"{half}_norm", norm)
        self.merge = conv(c // 2, c, 3, bias=True)
        self.out = conv(2 * c if integrate == "concat" else c, c, 1, bias=True)

    def forward(self, x):
        a, b = self.squeeze(x).chunk(2, 1)
        a = leaky(self.in_norm(self.in_conv2(self.in_conv1(a))))
        b = leaky(self.bn_norm(self.bn_conv2(self.bn_conv1(b))))
        improved = leaky(self.merge(torch.cat([a, b], 1)))
        return self.out(torch.cat([improved, x], 1) if self.integrate == "concat" else improved + x)


class Usf(nn.Module):
    def __init__(self, channels, width, pool, integrate):
        super().__init__()
        self.up = nn.ModuleList(UpBlock(c, 2**n, width) for n, c in enumerate(channels))
        self.fuse_conv, self.fuse_bn = conv(5 * width, 64, 3), nn.BatchNorm2d(64)
        self.rdr, self.pool = Rdr(64, integrate), pool

    def forward(self, stages):
        size = stages[0].shape[2:]
        pool = F.adaptive_avg_pool2d if self.pool == "average" else F.adaptive_max_pool2d
        ups = [pool(up(stage), size) for up, stage in zip(self.up, stages)]
        return self.rdr(leaky(self.fuse_bn(self.fuse_conv(torch.cat(ups, 1)))))


class SkipBlock(nn.Module):
    def __init__(self, inputs, outputs, align_corners):
        super().__init__()
        self.convA, self.convB = conv(inputs, outputs, 3, bias=True), conv(outputs, outputs, 3, bias=True)
        self.align_corners = align_corners

    def forward(self, x, skip):
        x = torch.cat([resize(x, skip.shape[2:], self.align_corners), skip], 1)
        return leaky(self.convB(leaky(self.convA(x))))


class Msfnet(nn.Module):
    """N×3×H×W in 0…1 → y at half the size. `forward` gives y alone; `outputs` all that the network computes.

    The keywords are the open points of the paper under the names of the program's configuration. `eda_inline` and
    `eda_source="pre_relu"` are for encoders whose stages 3 and 4 are called layer3 and layer4."""

    def __init__(
        self, encoder, gate="eda", usf=True, eda_inline=False, eda_source="post_relu", usf_width=16, usf_pool="average",
        rdr_integrate="concat", align_corners=True, output="linear", normalised=True,
    ):  # fmt: skip
        super().__init__()
        self.encoder, self.normalised = ENCODERS[encoder](), normalised
        self.eda_inline, self.eda_source, self.output = eda_inline, eda_source, output
        s = self.encoder.channels
        c = {2048: 1024, 512: 512}.get(s[4], 256)
        self.conv2 = conv(s[4], c, 1, bias=True)
        for n in range(1, 5):
            setattr(self, f"up{n}", SkipBlock(c // 2 ** (n - 1) + s[4 - n], c // 2**n, align_corners))
        self.eda = None if gate == "none" else SpatialGate(gate)
        self.aux2 = None if gate == "none" else conv(s[3], 1, 1, bias=True)
        self.usf = Usf(s, usf_width, usf_pool, rdr_integrate) if usf else None
        self.aux3 = conv(64, 1, 1, bias=True) if usf else None
        width = 64 if c == 1024 else 32
        self.refine1 = conv(c // 16 + (64 if usf else 0), width, 3, bias=True)
        self.refine2 = conv(width, 1, 3, bias=True)

    def stages(self, x):
        """The encoder's maps, and what the gate sees."""
        if self.eda_source == "post_relu":
            stages = self.encoder(x)
            return stages, stages[3]
        last, seen = self.encoder.layer3[-1], []
        hook = last.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
        stages = self.encoder(x)
        hook.remove()
        return stages, last.before_relu(seen[0])

    def outputs(self, x, heads=True):
        if self.normalised:
            x = normalise(x, self.encoder.mean, self.encoder.std)
        stages, source = self.stages(x)
        gated = stages[3] if self.eda is None else self.eda(source)
        if self.eda_inline:
            stages[3:] = [gated, self.encoder.layer4(gated)]
        d = self.conv2(stages[4])
        for n in range(1, 5):
            d = getattr(self, f"up{n}")(d, stages[4 - n])
        out = {f"stage{n}": stage for n, stage in enumerate(stages)}
        if self.eda is not None and heads:
            out["aux2"] = self.aux2(gated)
        if self.usf is not None:
            fused = self.usf([*stages[:3], gated, stages[4]])
            d = torch.cat([d, fused], 1)
            if heads:
                out["aux3"] = self.aux3(fused)
        y = self.refine2(leaky(self.refine1(d)))
        out["y"] = F.softplus(y, threshold=torch.inf) if self.output == "softplus" else y
        return out

    def forward(self, x):
        return self.outputs(x, heads=False)["y"]
