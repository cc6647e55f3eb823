"""One contender of peers.py: loads a network, then runs it for as long as each line of its input says.

    worker.py KIND NETWORK MODEL RAW OUT THREADS

KIND is torch, torch_channels_last, onnxruntime, or export (which writes the ONNX file OUT and ends). RAW has `input` and the
program's `y`. Requests and answers are lines of JSON.
"""

import json
import resource
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

WARM_UP = 2
LEAST_RUNS = 3


def network(name, weights):
    """The PyTorch network with the program's weights: every name has to be there, and nothing else. Only the norms'
    counters, which evaluation does not read, may be missing."""
    import torch
    from safetensors import safe_open

    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/pytorch"))
    from networks import build

    with safe_open(weights, "pt") as file:
        config = json.loads((file.metadata() or {}).get("msfnet_studio.config", "{}"))
        tensors = {key: file.get_tensor(key) for key in file.keys()}
    gate = config.get("network", {}).get("gate", "eda")
    net = build(name, gate) if name.startswith("msfnet") else build(name)
    found = net.load_state_dict(tensors, strict=False)
    missing = [key for key in found.missing_keys if not key.endswith("num_batches_tracked")]
    if missing or found.unexpected_keys:
        sys.exit(f"{name}: missing {missing[:3]}, unexpected {found.unexpected_keys[:3]} in {weights}")
    return net.requires_grad_(False), torch


def pool_matrix(torch, inputs, outputs):
    """Adaptive average pooling along one axis as outputs × inputs."""
    matrix = torch.zeros(outputs, inputs)
    for row in range(outputs):
        first, end = row * inputs // outputs, -(-(row + 1) * inputs // outputs)
        matrix[row, first:end] = 1 / (end - first)
    return matrix


def export(name, weights, raw, out, threads):
    """The network as ONNX for the size of the raw input. ONNX has no adaptive pooling: it becomes one product per axis."""
    net, torch = network(name, weights)
    functional = torch.nn.functional

    def pool(x, size):
        height, width, (h, w) = int(x.shape[2]), int(x.shape[3]), map(int, size)
        x = x if h == height else torch.matmul(pool_matrix(torch, height, h), x)
        return x if w == width else torch.matmul(x, pool_matrix(torch, width, w).T)

    torch.set_num_threads(threads)
    functional.adaptive_avg_pool2d = pool
    x = torch.from_numpy(load_file(raw)["input"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(net, (x,), out, dynamo=False, opset_version=17, input_names=["input"], output_names=["y"])


def torch_runner(name, weights, threads, channels_last):
    net, torch = network(name, weights)
    torch.set_num_threads(threads)
    memory_format = torch.channels_last if channels_last else torch.contiguous_format
    net = net.to(memory_format=memory_format)

    def run(x):
        with torch.inference_mode():
            return net(x)

    def prepare(x):
        return torch.from_numpy(x).to(memory_format=memory_format)

    return prepare, run, lambda y: y.contiguous().numpy(), torch.__version__


def onnx_runner(path, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda x: {"input": x}, lambda x: session.run(None, x), lambda y: y[0], onnxruntime.__version__


def timed(run, x, seconds):
    """Milliseconds of each run; at least a few, whatever `seconds` is."""
    for _ in range(WARM_UP):
        run(x)
    times, start = [], time.perf_counter()
    while len(times) < LEAST_RUNS or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        run(x)
        times.append(1e3 * (time.perf_counter() - before))
    return times


def main(kind, name, model, raw, out, threads):
    threads = int(threads)
    if kind == "export":
        json.loads(sys.stdin.readline())
        export(name, model, raw, out, threads)
        print("{}", flush=True)
        return
    if kind == "onnxruntime":
        prepare, run, values, version = onnx_runner(model, threads)
    else:
        prepare, run, values, version = torch_runner(name, model, threads, kind == "torch_channels_last")
    tensors = load_file(raw)
    x = prepare(tensors["input"])
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "prepare":
            y, ours = values(run(x)).astype(np.float64), tensors["y"].astype(np.float64)
            if y.shape != ours.shape:
                sys.exit(f"{name}: y is {ours.shape} from the program and {y.shape} from {kind}")
            answer = {"difference": float(np.abs(y - ours).max()), "std": float(y.std()), "version": version}
        else:
            answer = {"ms": timed(run, x, request["seconds"])}
        answer["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
