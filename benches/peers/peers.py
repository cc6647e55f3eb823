"""The program beside PyTorch and ONNX Runtime: the same weights, picture and cores, in one run.

    python benches/peers/peers.py [--networks msfnet-resnet18,msfnet-lite0,msfnet-senet154] [--size 304x228] [--json]

Per network: the program writes weights (or ships them), PyTorch loads them strictly, ONNX Runtime gets PyTorch's export.
Each contender is a process of its own; they take turns, so that a machine that slows down slows all of them. See README.md.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
# Name → size of the network's input, and weights that are in the repository.
NETWORKS = {
    "msfnet-resnet18": ("304x228", None),
    "msfnet-lite0": ("304x228", "models/msfnet-lite0-nyu-eda.safetensors"),
    "msfnet-senet154": ("304x228", None),
    "monodepth2-r18": ("640x192", None),
}
DEFAULT = "msfnet-resnet18,msfnet-lite0,msfnet-senet154"
PEERS = ("torch", "torch_channels_last", "onnxruntime")


def run_program(command, environment):
    """What a command printed and its peak memory in MB (`wait4` asks for this child alone)."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(list(map(str, command)), stdout=out, stderr=err, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode != 0:
            words = err.read().decode(errors="replace").strip()
            raise SystemExit(f"`{' '.join(map(str, command))}` ended with {process.returncode}: {words}")
        return out.read().decode(), usage.ru_maxrss / 1024


class Peer:
    """A worker process that loads a network once and then runs when it is told to."""

    def __init__(self, kind, arguments, environment):
        command = [sys.executable, Path(__file__).with_name("worker.py"), kind, *map(str, arguments)]
        self.kind, self.process = kind, subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def ask(self, **what):
        try:
            print(json.dumps(what), file=self.process.stdin, flush=True)
            return json.loads(self.process.stdout.readline())
        except (BrokenPipeError, json.JSONDecodeError):
            raise SystemExit(f"{self.kind} stopped with {self.process.wait()}; its words are above") from None

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()


def our_round(options, weights, size, raw, environment):
    """One `bench` of the program: its row for the CPU and its peak memory. Leaves input and y in `raw`."""
    command = [options.program, "bench", "--model", weights, "--size", size, "--device", "cpu"]
    command += ["--seconds", options.seconds, "--no-window", "--json", "--raw", raw]
    text, memory = run_program(command, environment)
    rows = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    rows = [row for row in rows if "latency_ms" in row]
    if len(rows) != 1:
        raise SystemExit(f"`bench` printed {len(rows)} rows where one was asked for:\n{text}")
    return rows[0], memory


def measure(name, options, environment, folder):
    """All contenders on one network: a row of the table."""
    size, shipped = NETWORKS.get(name, ("304x228", None))
    size = options.size or size
    weights, raw, onnx = folder / "weights.safetensors", folder / "raw.safetensors", folder / "network.onnx"
    if shipped and (ROOT / shipped).exists():
        weights = ROOT / shipped
    else:
        run_program([options.program, "weights", "new", "--arch", name, "--seed", "1", weights], environment)
    our_round(options, weights, size, raw, environment)  # warms the file cache and makes the input
    peers = {}
    try:
        Peer("export", [name, weights, raw, onnx, options.threads], environment).ask(do="prepare")
        for kind in PEERS:
            model = onnx if kind == "onnxruntime" else weights
            peers[kind] = Peer(kind, [name, model, raw, folder / f"{kind}.safetensors", options.threads], environment)
        reports = {kind: peer.ask(do="prepare") for kind, peer in peers.items()}
        times, memory, runs = {kind: [] for kind in ("ours", *PEERS)}, {}, {}
        for turn in range(options.rounds):
            row, memory["ours"] = our_round(options, weights, size, raw, environment)
            times["ours"].append(row["latency_ms"]["forward"]["median"])
            runs["ours"] = runs.get("ours", 0) + row["runs"]
            for kind, peer in peers.items():
                time.sleep(0.2)  # the one before lets go of its cores
                found = peer.ask(do="run", seconds=options.seconds)
                times[kind].append(median(found["ms"]))
                runs[kind] = runs.get(kind, 0) + len(found["ms"])
                memory[kind] = found["peak_mb"]
            print(f"{name}: round {turn + 1} of {options.rounds}", file=sys.stderr)
    finally:
        for peer in peers.values():
            peer.close()
    middle = {kind: median(values) for kind, values in times.items()}
    return {
        "network": name,
        "size": size,
        "threads": options.threads,
        "ms": middle,
        "rounds_ms": times,
        "runs": runs,
        "ratio": {kind: middle[kind] / middle["ours"] for kind in PEERS},
        "difference": {kind: reports[kind]["difference"] for kind in PEERS},
        "relative": {kind: reports[kind]["difference"] / reports[kind]["std"] for kind in PEERS},
        "peak_mb": memory,
        "versions": {kind: reports[kind]["version"] for kind in PEERS},
    }


def table(rows):
    """The rows as text."""
    print("forward of one picture, batch 1, f32; median of the rounds' medians in ms; a ratio above 1: ours is faster")
    names = {"ours": "ours", "torch": "torch", "torch_channels_last": "torch c.l.", "onnxruntime": "ort"}
    head = f"{'network':<20}{'size':>9}" + "".join(f"{title:>11}" for title in names.values())
    head += "".join(f"{f'{names[kind]}/ours':>16}" for kind in PEERS) + f"{'max |dy|':>11}{'/ std':>10}"
    print(head + "   peak MB: " + " / ".join(names.values()))
    for row in rows:
        line = f"{row['network']:<20}{row['size']:>9}" + "".join(f"{row['ms'][kind]:>11.1f}" for kind in names)
        line += "".join(f"{row['ratio'][kind]:>16.2f}" for kind in PEERS)
        # Against eager PyTorch, which runs the definition as it stands.
        line += f"{row['difference']['torch']:>11.1e}{row['relative']['torch']:>10.1e}   "
        print(line + " / ".join(f"{row['peak_mb'][kind]:.0f}" for kind in names))
    first = rows[0]["versions"]
    print(f"PyTorch {first['torch']}, ONNX Runtime {first['onnxruntime']}, {rows[0]['threads']} threads each")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--networks", default=DEFAULT, help=f"comma-separated; one of {', '.join(NETWORKS)} and others")
    parser.add_argument("--size", help="WxH of the network's input; each network's own by default")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="per contender and round")
    parser.add_argument("--program", type=Path, default=ROOT / "target/release/msfnet-studio")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    options = parser.parse_args()
    if not options.program.exists():
        raise SystemExit(f"{options.program} is not there; build it (cargo build --release) or give --program")
    cores = sorted(os.sched_getaffinity(0))
    if not 1 <= options.threads <= len(cores) or options.rounds < 1:
        raise SystemExit(f"--threads must be 1 to {len(cores)} and --rounds at least 1")
    # Everyone inherits the same cores.
    os.sched_setaffinity(0, cores[: options.threads])
    threads = str(options.threads)
    environment = os.environ | {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads, "RAYON_NUM_THREADS": threads}
    rows = []
    for name in options.networks.split(","):
        # SENet-154's export alone is 540 MB: one network's files at a time.
        with tempfile.TemporaryDirectory(prefix="msfnet-peers-") as folder:
            rows.append(measure(name, options, environment, Path(folder)))
    if options.json:
        print(json.dumps(rows, indent=1))
    else:
        table(rows)


if __name__ == "__main__":
    main()
