#!/usr/bin/env python3
"""Draws icon.png: a corridor in depth steps, warm where it is near and blue where it is far, as the window shows depth.

Standard library only; the same bytes on every run. Usage: python3 assets/icon.py
"""

import pathlib
import struct
import zlib

SIZE = 256
SAMPLES = 4  # a side, for each pixel

GROUND = (0x15, 0x17, 0x1C)
# From the nearest frame to the farthest, a hand-picked walk from warm to cold.
STEPS = [
    (0xE2, 0x53, 0x2B),
    (0xF0, 0x88, 0x3E),
    (0xF2, 0xC1, 0x4E),
    (0x9C, 0xCC, 0x65),
    (0x3F, 0xB5, 0xA3),
    (0x2F, 0x6F, 0xEB),
    (0x2B, 0x3A, 0x8C),
]


def inside(x, y, centre_x, centre_y, half, radius):
    """Whether a point lies in a square with round corners."""
    dx = max(abs(x - centre_x) - (half - radius), 0.0)
    dy = max(abs(y - centre_y) - (half - radius), 0.0)
    return dx * dx + dy * dy <= radius * radius


def shapes():
    """(centre x, centre y, half side, corner radius, colour), back to front."""
    yield 0.5, 0.5, 0.5, 0.22, GROUND
    for i, colour in enumerate(STEPS):
        # Each frame stands a fixed ratio farther away; the vanishing point is above the middle.
        scale = 0.79**i
        yield 0.5, 0.40 + 0.10 * scale, 0.43 * scale, 0.18 * scale, colour


def colour_at(x, y):
    """RGBA of a point, both coordinates in 0…1."""
    rgba = (0, 0, 0, 0)
    for centre_x, centre_y, half, radius, colour in shapes():
        if inside(x, y, centre_x, centre_y, half, radius):
            rgba = (*colour, 255)
    return rgba


def pixel(column, row):
    """Mean of the samples, colours weighted by their opacity so that the edge does not darken."""
    offsets = [(i + 0.5) / SAMPLES for i in range(SAMPLES)]
    points = [colour_at((column + dx) / SIZE, (row + dy) / SIZE) for dy in offsets for dx in offsets]
    alpha = sum(p[3] for p in points)
    if alpha == 0:
        return bytes(4)
    rgb = [round(sum(p[c] * p[3] for p in points) / alpha) for c in range(3)]
    return bytes([*rgb, round(alpha / len(points))])


def chunk(kind, body):
    """One PNG chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def main():
    rows = b"".join(b"\0" + b"".join(pixel(x, y) for x in range(SIZE)) for y in range(SIZE))
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    pathlib.Path(__file__).with_name("icon.png").write_bytes(png)


if __name__ == "__main__":
    main()
