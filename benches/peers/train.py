"""A training step of MSFNet on EfficientNet-Lite0: the program beside PyTorch, eager and channels_last, in one run.

    python benches/peers/train.py [--batch 8] [--size 304x228] [--rounds 3] [--seconds 20] [--json]

The program writes its batch and the losses of its first steps; PyTorch begins with the same weights and takes the same steps
(AdamW, all losses of the paper): the losses have to agree. Contenders take turns, each a process of its own. See README.md.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / "models/msfnet-lite0-nyu-eda.safetensors"
PARTS = ("forward", "backward", "update", "step")


def worker(raw, seconds, channels_last, threads):
    """Times of PyTorch's steps and their losses, as a line of JSON."""
    import torch
    from safetensors import safe_open
    from safetensors.numpy import load_file

    sys.path.insert(0, str(ROOT / "tests/pytorch"))
    from losses import msfnet_loss
    from networks import build

    torch.set_num_threads(threads)
    with safe_open(WEIGHTS, "pt") as file:
        tensors = {key: file.get_tensor(key).float() for key in file.keys()}
    net = build("msfnet-lite0")
    net.load_state_dict(tensors, strict=False)
    net.train()
    batch = load_file(raw)
    x, t = torch.from_numpy(batch["input"]), torch.from_numpy(batch["target"])
    if channels_last:
        net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), lr=5e-4, weight_decay=1e-2)
    times, losses, begun = {part: [] for part in PARTS}, [], time.perf_counter()
    while len(losses) < 4 or time.perf_counter() - begun < seconds:
        at = [time.perf_counter()]
        out = net.outputs(x)
        loss = msfnet_loss(out["y"], [out["aux2"], out["aux3"]], t)
        at.append(time.perf_counter())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        value = loss.item()
        at.append(time.perf_counter())
        optimizer.step()
        at.append(time.perf_counter())
        if losses:
            for part, took in zip(PARTS, [b - a for a, b in zip(at, at[1:])] + [at[3] - at[0]]):
                times[part].append(1e3 * took)
        losses.append(value)
    print(json.dumps({part: median(values) for part, values in times.items()} | {"losses": losses, "version": torch.__version__}))


def run(command, environment):
    return json.loads(subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True, env=environment).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--size", default="304x228")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20.0, help="per contender and round")
    parser.add_argument("--program", type=Path, default=ROOT / "target/release/msfnet-studio")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--worker", nargs=2, metavar=("RAW", "FORMAT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return worker(options.worker[0], options.seconds, options.worker[1] == "channels_last", options.threads)
    if not options.program.exists():
        raise SystemExit(f"{options.program} is not there; build it (cargo build --release) or give --program")
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[: options.threads])
    threads = str(options.threads)
    environment = os.environ | {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads, "RAYON_NUM_THREADS": threads}
    with tempfile.TemporaryDirectory(prefix="msfnet-peers-") as folder:
        raw = Path(folder) / "batch.safetensors"
        ours = [options.program, "bench", "--train", "--model", WEIGHTS, "--batch", options.batch, "--size", options.size]
        ours += ["--seconds", options.seconds, "--device", "cpu", "--json", "--raw", raw]
        theirs = [sys.executable, __file__, "--seconds", options.seconds, "--threads", threads, "--worker", raw]
        contenders = {"ours": ours, "torch": [*theirs, "eager"], "torch_channels_last": [*theirs, "channels_last"]}
        rounds = {kind: [] for kind in contenders}
        for turn in range(options.rounds):
            for kind, command in contenders.items():
                rounds[kind].append(run(command, environment))
            print(f"round {turn + 1} of {options.rounds}", file=sys.stderr)
    middle = {kind: {part: median(row[part] for row in rows) for part in PARTS} for kind, rows in rounds.items()}
    losses = {kind: rows[0]["losses"][:4] for kind, rows in rounds.items()}
    pairs = [(a, b) for a, b in zip(losses["ours"], losses["torch"])]
    largest = max(abs(a - b) / abs(b) for a, b in pairs)
    if options.json:
        print(json.dumps({"ms": middle, "losses": losses, "batch": options.batch, "size": options.size, "threads": options.threads}))
        return
    print(f"a training step of {options.batch} pictures at {options.size}, f32, AdamW; medians in ms, {threads} threads")
    print(f"{'':<22}" + "".join(f"{part:>12}" for part in PARTS) + f"{'/ ours':>10}")
    for kind, row in middle.items():
        ratio = row["step"] / middle["ours"]["step"]
        print(f"{kind:<22}" + "".join(f"{row[part]:>12.0f}" for part in PARTS) + f"{ratio:>10.2f}")
    print(f"losses of the first steps: ours {pairs[0][0]:.6f} … {pairs[-1][0]:.6f}, largest relative difference {largest:.1e}")
    print(f"PyTorch {rounds['torch'][0]['version']}")
    if largest > 1e-2:
        raise SystemExit("the losses differ: the two do not take the same steps")


if __name__ == "__main__":
    main()
