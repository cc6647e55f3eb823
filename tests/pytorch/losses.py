"""The loss of MSFNet (equations 3 to 7, the readings of the program's defaults on NYU) in PyTorch."""

import torch
import torch.nn.functional as F


def over_samples(values, used):
    """The mean over the samples that have a pixel."""
    return (values * used).sum() / used.sum().clamp(min=1)


def ssim(y, t, value_range=100.0):
    """The map of SSIM over whole 11×11 Gaussian windows; second moments of values less their map's mean."""
    taps = torch.exp(-((torch.arange(11.0) - 5) ** 2) / (2 * 1.5**2))
    taps = taps / taps.sum()

    def blur(x):
        return F.conv2d(F.conv2d(x, taps.view(1, 1, 11, 1)), taps.view(1, 1, 1, 11))

    base_y, base_t = (x.detach().mean((2, 3), keepdim=True) for x in (y, t))
    y, t = y - base_y, t - base_t
    mean_y, mean_t = blur(y), blur(t)
    variance = blur(y * y) - mean_y**2 + blur(t * t) - mean_t**2
    covariance = blur(y * t) - mean_y * mean_t
    mean_y, mean_t = mean_y + base_y, mean_t + base_t
    c1, c2 = (0.01 * value_range) ** 2, (0.03 * value_range) ** 2
    return (2 * mean_y * mean_t + c1) * (2 * covariance + c2) / ((mean_y**2 + mean_t**2 + c1) * (variance + c2))


def msfnet_loss(y, heads, t, weight=0.1):
    """y and t: N×1×h×w, 10/metres, t = 0 where nothing was measured; heads at their own sizes."""
    mask = (t > 0).to(t.dtype)
    count = mask.sum((1, 2, 3)).clamp(min=1)
    used = (mask.sum((1, 2, 3)) > 0).to(t.dtype)
    error = ((y - t) * mask).abs().sum((1, 2, 3)) / count
    factor = torch.softmax(error.detach().masked_fill(used == 0, -torch.inf), 0)
    batch = over_samples((1 + factor) * error, used)
    r = (y - t) * mask
    across = (r[..., 1:] - r[..., :-1]).abs() * mask[..., 1:] * mask[..., :-1]
    down = (r[..., 1:, :] - r[..., :-1, :]).abs() * mask[..., 1:, :] * mask[..., :-1, :]
    gradient = over_samples((across.sum((1, 2, 3)) + down.sum((1, 2, 3))) / count, used)
    inside = mask[..., 5:-5, 5:-5]
    centres = inside.sum((1, 2, 3))
    mean = (ssim(y * mask, t * mask) * inside).sum((1, 2, 3)) / centres.clamp(min=1)
    similarity = over_samples(((1 - mean) / 2).clamp(0, 1) * (centres > 0), used)
    auxiliary = 0.0
    for head in heads:
        head = F.interpolate(head, size=t.shape[2:], mode="bilinear", align_corners=True)
        auxiliary = auxiliary + over_samples(((head - t) * mask).abs().sum((1, 2, 3)) / count, used)
    return weight * batch + gradient + similarity + weight * auxiliary
