"""Writes the seeds of the fuzz target `data`: small files of data sets; the first byte says which reader they are for.

    python tests/fuzz/data_seeds.py        (needs h5py, numpy)

Those that begin with H are HDF5 as h5py writes it; src/data/hdf5/tests.rs reads them and compares.
"""

import io
import pathlib

import h5py
import numpy as np

HERE = pathlib.Path(__file__).parent / "data-seeds"
HERE.mkdir(exist_ok=True)


def labelled(chunks, libver, userblock, **packing):
    """Five frames of 4x3 pixels in the layout of NYU's labelled file, counting up."""
    file = io.BytesIO()
    with h5py.File(file, "w", libver=libver, userblock_size=userblock) as f:
        images = np.arange(5 * 3 * 4 * 3, dtype="u1").reshape(5, 3, 4, 3)
        depths = np.arange(5 * 4 * 3, dtype="f4").reshape(5, 4, 3)
        some = {} if chunks is None else {"chunks": chunks}
        f.create_dataset("images", data=images, **({} if chunks is None else {"chunks": (1, 3, 4, 3)}), **packing)
        f.create_dataset("depths", data=depths, **some, **packing)
        f.create_dataset("rawDepths", data=depths.astype("f8"))
        references = []
        for i in range(5):
            text = np.frombuffer(f"scene_{i}".encode("utf-16-le"), "<u2").reshape(-1, 1)
            references.append(f.create_dataset(f"#refs#/s{i}", data=text).ref)
        f.create_dataset("scenes", data=np.array([references], dtype=h5py.ref_dtype))
    data = bytearray(file.getvalue())
    data[:18] = b"MATLAB 7.3 MAT-fil" if userblock else data[:18]
    return bytes(data)


SEEDS = {
    "matlab.mat": b"H" + labelled((2, 3, 2), "earliest", 512, compression="gzip"),
    "shuffled.mat": b"H" + labelled((1, 4, 3), "earliest", 1024, compression="gzip", shuffle=True),
    "contiguous.mat": b"H" + labelled(None, "earliest", 0),
    "headers2.mat": b"H" + labelled(None, "v108", 0),
    "zhou.txt": b"L2011_09_26/2011_09_26_drive_0022_sync 473 r\n09 12 l\nimage 7\n42\n",
    "rows.csv": b"Rdata/nyu2_train/den_0001_out/1.jpg,data/nyu2_train/den_0001_out/1.png\n",
    "splits.csv": b"Sindex0,split,scene\n2,train,office_0003\n",
    "calib.txt": b"Ccalib_time: 09-Jan-2012 13:57:47\nS_rect_02: 1.242e+03 3.75e+02\nP_rect_02: 7e+02 0 6e+02 4e+01 0 7e+02 1e+02 0 0 0 1 0\n"
    b"R_rect_00: 1 0 0 0 1 0 0 0 1\nR: 0 -1 0 0 0 -1 1 0 0\nT: 0 0 -2.7e-01\n",
    # u = y/x and v = z/x, counted from 1; the strict key; points on one pixel and on the two that share a key.
    "scan.bin": b"V"
    + np.array([0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0], "<f4").tobytes()
    + b"\x02"
    + np.array([[8, 128, 8, 0], [2, 2, 4, 0], [4, 4, 8, 0], [4, 4, 8, 0]], "<f4").tobytes(),
}
for name, data in SEEDS.items():
    (HERE / name).write_bytes(data)
    print(name, len(data))
