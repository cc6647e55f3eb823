"""Writes the seeds of the fuzz target: small files as people have them, made by PyTorch, and files that lie.

    python tests/fuzz/seeds.py        (needs torch, numpy, safetensors)

`seeds/read` holds what has to be read, `seeds/refused` what has to be refused, `seeds/made` descriptions of files;
src/weights/file/corpus_tests.rs checks them. The files of another version of PyTorch differ in a few bytes.
"""

import argparse
import collections
import copyreg
import datetime
import io
import pathlib
import pickle
import shutil
import struct
import zipfile

import numpy as np
import torch
from safetensors.torch import save_file

torch.manual_seed(0)
HERE = pathlib.Path(__file__).parent / "seeds"
READ, REFUSED = HERE / "read", HERE / "refused"
shutil.rmtree(HERE, ignore_errors=True)
READ.mkdir(parents=True)
REFUSED.mkdir()


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(2, 3, 3)
        self.bn = torch.nn.BatchNorm2d(3)

    def forward(self, x):
        return self.bn(self.conv(x))


net = Net()
state = net.state_dict()
optimizer = torch.optim.Adam(net.parameters())
net(torch.rand(1, 2, 4, 4)).sum().backward()
optimizer.step()
scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5])
ema = torch.optim.swa_utils.AveragedModel(net)


def both(folder, name, what, **more):
    torch.save(what, folder / f"{name}-zip.pth", **more)
    torch.save(what, folder / f"{name}-legacy.pth", _use_new_zipfile_serialization=False, **more)


def prefixed(prefix):
    return collections.OrderedDict((prefix + key, value) for key, value in state.items())


# --- read -----------------------------------------------------------------------------------------------------------
both(READ, "state-dict", state)
both(READ, "protocol-4", state, pickle_protocol=4)
both(READ, "dtypes", {
    str(t).split(".")[1]: torch.arange(6).reshape(2, 3).to(t)
    for t in (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
              torch.int8, torch.uint8, torch.bool)
})
base = torch.arange(24.0)
both(READ, "views", {
    "all": base, "transposed": base.reshape(4, 6).t(), "part": base[5:9], "every-third": base[::3],
    "expanded": base[:1].expand(3, 4), "last": base.reshape(2, 3, 2, 2).to(memory_format=torch.channels_last),
    "scalar": torch.tensor(3.0), "empty": torch.zeros(0, 3), "tied": base,
})
both(READ, "parameters", dict(net.named_parameters()))
both(READ, "trainer", {
    "epoch": 7, "loss": np.float64(0.25), "best": np.float32(0.5), "when": datetime.datetime(2020, 1, 2),
    "args": argparse.Namespace(lr=1e-3, out=pathlib.PurePosixPath("runs")), "model": state,
    "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict(),
    "history": collections.defaultdict(list, {"train": [1.0, 2.0]}), "arch": "net",
    "device": torch.device("cpu"), "rng": np.random.RandomState(0).get_state()[1][:4], "seen": {1, 2},
    "big": 10**40, "blob": b"\0\1",
})
both(READ, "data-parallel", prefixed("module."))
both(READ, "compiled", {"state_dict": prefixed("_orig_mod.")})
both(READ, "nested", {"net": {"state_dict": prefixed("module.")}, "step": 3})
both(READ, "averaged-beside", {"model": state, "model_ema": state})
both(READ, "averaged-only", {"state_dict_ema": state, "epoch": 1})
both(READ, "averaged-model", ema.state_dict())
both(READ, "parts", {"encoder": state, "decoder": {"conv.weight": torch.zeros(1)}, "height": 192, "width": 640})
both(READ, "encoder-with-sizes", {**state, "height": 192, "width": 640, "use_stereo": True})


class Marked(torch.Tensor):
    pass


both(READ, "subclass", {"a": torch.ones(2, 2).as_subclass(Marked)})
both(READ, "tiny", {"a": torch.ones(2)})
both(READ, "tiny-strided", {"m": {"a": torch.arange(6.0).reshape(2, 3).t()}})
save_file({k: v.clone() for k, v in state.items()}, READ / "plain.safetensors", metadata={"kind": "test"})
save_file({"h": torch.ones(3).half(), "b": torch.ones(2).bfloat16(), "i": torch.ones(1, dtype=torch.int16),
           "e": torch.zeros(0, 2)}, READ / "dtypes.safetensors")


def rezip(source, target, **options):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", **options) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry))


rezip(READ / "state-dict-zip.pth", READ / "deflated.pth", compression=zipfile.ZIP_DEFLATED)

# --- refused --------------------------------------------------------------------------------------------------------
both(REFUSED, "whole-module", net)
both(REFUSED, "whole-module-inside", {"model": net, "epoch": 3})
both(REFUSED, "optimizer", optimizer.state_dict())
both(REFUSED, "optimizer-inside", {"optimizer": optimizer.state_dict(), "epoch": 3})
both(REFUSED, "numbers", {"epoch": 3, "losses": [1.0, 2.0]})
both(REFUSED, "arrays", {"a": np.ones(3), "b": np.zeros(2)})
both(REFUSED, "single-tensor", torch.ones(3))
both(REFUSED, "list", [torch.ones(3)])
both(REFUSED, "sparse", {"a": torch.eye(3).to_sparse(), "b": torch.ones(1)})
torch.save({"a": torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.quint8), "b": torch.ones(1)},
           REFUSED / "quantised.pth")
torch.save({"a": torch.ones(3, dtype=torch.complex64), "b": torch.ones(1)}, REFUSED / "complex.pth")
torch.jit.script(net).save(str(REFUSED / "script.pt"))


class Runs:
    def __init__(self, how, *what):
        self.how, self.what = how, what

    def __reduce__(self):
        return self.how, self.what


for name, function, argument in (("system", __import__("os").system, "true"), ("eval", eval, "1"),
                                 ("getattr", getattr, "x")):
    both(REFUSED, f"asks-{name}", {"a": torch.ones(2), "b": Runs(function, argument)})
(REFUSED / "asks-plain.pkl").write_bytes(pickle.dumps(Runs(__import__("os").system, "true")))
(REFUSED / "asks-text.pkl").write_bytes(pickle.dumps(Runs(__import__("os").system, "true"), protocol=0))
(REFUSED / "numpy.pkl").write_bytes(pickle.dumps({"a": np.ones(3)}, protocol=4))
(REFUSED / "plain.pkl").write_bytes(pickle.dumps({"a": [1, 2]}))
for name in ("state-dict-zip", "state-dict-legacy", "trainer-zip"):
    whole = (READ / f"{name}.pth").read_bytes()
    for part in (1, 2, 3):
        (REFUSED / f"cut-{part}-{name}.pth").write_bytes(whole[: len(whole) * part // 4])
whole = (READ / "plain.safetensors").read_bytes()
(REFUSED / "cut.safetensors").write_bytes(whole[:-1])
(REFUSED / "cut-header.safetensors").write_bytes(whole[:60])
TEXTS = {
    "page.pth": b"<!DOCTYPE html><html><head><title>404</title></head></html>",
    "xml.pth": b"<?xml version='1.0' encoding='UTF-8'?><Error><Code>AccessDenied</Code></Error>",
    "json.pth": b'{"message": "Not Found", "status": "404"}',
    "pointer.pth": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
    "empty.pth": b"",
    "hdf5.h5": b"\x89HDF\r\n\x1a\n" + bytes(64),
    "model.onnx": b"\x08\x07\x12\x07pytorch\x1a\x032.0" + bytes(64),
    "saved_model.pb": b"\x08\x01\x12\xc8\x01\x0a\x10" + bytes(200),
    "graph.pb": b"\x0a\x20\x0a\x05conv1\x12\x05Const" + bytes(64),
    "checkpoint": b'model_checkpoint_path: "model.ckpt-1"\n',
    "model.ckpt.index": bytes(40) + b"\x57\xfb\x80\x8b\x24\x75\x47\xdb",
}
for name, text in TEXTS.items():
    (REFUSED / name).write_bytes(text)
np.savez(REFUSED / "arrays.npz", a=np.ones(3))
np.save(REFUSED / "array.npy", np.ones(3))


def zipped(name, entries, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(REFUSED / name, "w", method) as archive:
        for entry, content in entries.items():
            archive.writestr(entry, content)


def tensor_pickle(count, shape, stride, key="0", offset=0):
    ints = lambda numbers: b"(" + b"".join(b"\x8a\x08" + struct.pack("<q", n) for n in numbers) + b"t"
    text = lambda words: b"X" + struct.pack("<I", len(words)) + words
    return (b"\x80\x02}" + text(b"a") + b"ctorch._utils\n_rebuild_tensor_v2\n(("
            + text(b"storage") + b"ctorch\nFloatStorage\n" + text(key.encode()) + text(b"cpu")
            + ints([count])[1:-1] + b"tQ" + ints([offset])[1:-1] + ints(shape) + ints(stride)
            + b"\x89ccollections\nOrderedDict\n)RtRs.")


four = struct.pack("<4f", 1, 2, 3, 4)
zipped("bomb.pth", {"a/data.pkl": tensor_pickle(1 << 18, [1 << 18], [1]), "a/data/0": bytes(1 << 20)},
       zipfile.ZIP_DEFLATED)
zipped("expanded.pth", {"a/data.pkl": tensor_pickle(4, [10**9], [0]), "a/data/0": four})
zipped("beyond.pth", {"a/data.pkl": tensor_pickle(4, [5], [1]), "a/data/0": four})
zipped("huge.pth", {"a/data.pkl": tensor_pickle(1 << 40, [1 << 40], [1]), "a/data/0": four})
zipped("deep.pth", {"a/data.pkl": b"\x80\x02" + b"(" * 2000 + b"."}, zipfile.ZIP_DEFLATED)
zipped("knot.pth", {"a/data.pkl": b"\x80\x02}q\x00X\x05\x00\x00\x00modelh\x00s."})
zipped("long.pth", {"a/data.pkl": b"\x80\x02\x8b\xff\xff\xff\x7f1."})
zipped("text-length.pth", {"a/data.pkl": b"\x80\x04\x8d" + b"\xff" * 8 + b"a."})
header = lambda text: struct.pack("<Q", len(text)) + text
(REFUSED / "long-header.safetensors").write_bytes(b"\xff" * 8 + b'{"a')
(REFUSED / "lies.safetensors").write_bytes(
    header(b'{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}') + bytes(8))
(REFUSED / "ranks.safetensors").write_bytes(
    header(b'{"a":{"dtype":"F32","shape":[' + b",".join([b"1"] * 40) + b'],"data_offsets":[0,4]}}') + bytes(4))

# --- descriptions of files (src/weights/file/made.rs) ------------------------------------------------------------------
MADE = HERE / "made"
MADE.mkdir()
dice = np.random.RandomState(0)
for n in range(6):
    (MADE / f"dice-{n}").write_bytes(b"make" + bytes(dice.randint(0, 256, 60, dtype=np.uint8)))
for n, container in enumerate((0, 1, 2, 0, 1, 2)):
    # One float storage of 24, then tensors: name, storage, flags, rank, sizes (2, 3 and 4 stand at 2, 3 and 4).
    description = [container, 1, 0, 24, n]
    for name in range(n + 1):
        description += [0, name, 0, 0, 3, 2, 3, 4]
    # One of strides 1 and 4 from offset 1, and an entry that is an object.
    description += [1, 6 + n, 0, 17, 2, 3, 4, 2, 4, 1, 1]
    description += [5, 16, 11, 0, 12, 0]
    (MADE / f"tensors-{n}").write_bytes(b"make" + bytes(description))
total = sum(f.stat().st_size for f in HERE.rglob("*") if f.is_file())
print(f"{len(list(HERE.rglob('*.*')))} files, {total} bytes")
