#!/usr/bin/env python3
"""Measures longscan beside llama.cpp on the same weights: in turn, a round of each, medians of the rounds.

llama.cpp comes from the source package of llama-cpp-python, is built for this CPU and turns the weights into its own format.
Needs cmake, a C++ compiler, python3-venv and a release build of longscan.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

PACKAGE = "llama-cpp-python==0.3.36"
PYTHON = ["torch", "transformers", "sentencepiece", "gguf", "safetensors", "protobuf"]
MEASURES = ["prefill", "decode 1", "decode 32"]
root = pathlib.Path(__file__).resolve().parent.parent


def run(*command, **options):
    subprocess.run([str(word) for word in command], check=True, stdout=sys.stderr, **options)


def lines(*command):
    """The JSON lines that a command prints."""
    text = subprocess.run(
        [str(word) for word in command], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def prepared(directory):
    """The folder of llama.cpp's programs, the converter, and a Python that runs it."""
    source, build, python = directory / "source", directory / "build", directory / "venv/bin/python"
    if not python.exists():
        run(sys.executable, "-m", "venv", directory / "venv")
        run(python, "-m", "pip", "install", "--quiet", *PYTHON)
    if not source.exists():
        run(python, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:", "-d", directory, PACKAGE)
        unpacked = directory / "unpacked"
        unpacked.mkdir(exist_ok=True)
        run("tar", "xzf", next(directory.glob("llama_cpp_python-*.tar.gz")), "-C", unpacked, "--strip-components", 1)
        (unpacked / "vendor/llama.cpp").rename(source)
    if not (build / "bin/llama-batched-bench").exists():
        run("cmake", "-S", source, "-B", build, "-DCMAKE_BUILD_TYPE=Release", "-DLLAMA_CURL=OFF", "-DLLAMA_BUILD_TESTS=OFF")
        run("cmake", "--build", build, "-j", os.cpu_count(), "--target", "llama-bench", "llama-batched-bench")
    return build / "bin", source / "convert_hf_to_gguf.py", python


def llama(programs, weights, threads):
    one = ["-m", weights, "-t", threads, "-r", 1, "-o", "jsonl"]
    many = ["-m", weights, "-t", threads, "-tb", threads, "-c", 2048, "-npp", 16, "-ntg", 32, "-npl", 32]
    return [
        lines(programs / "llama-bench", *one, "-p", 2048, "-n", 0)[0]["avg_ts"],
        lines(programs / "llama-bench", *one, "-p", 0, "-n", 32)[0]["avg_ts"],
        lines(programs / "llama-batched-bench", *many, "--output-format", "jsonl")[0]["speed_tg"],
    ]


def longscan(program, model, dtype, threads):
    rates, = lines(
        program, "bench", model, "--dtype", dtype, "--lanes", threads, "--repetitions", 1, "--batches", "1,32", "--json")
    rates = rates["rates"]
    return [rates["prefill"]["tokens_per_second"]] + [entry["rate"]["tokens_per_second"] for entry in rates["decode"]]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("model", type=pathlib.Path, help="a directory in Hugging Face's layout, with tokenizer.json")
    options.add_argument("--dtype", choices=["f32", "bf16"], default="f32", help="of the weights in both")
    options.add_argument("--threads", type=int, default=1, help="of llama.cpp; lanes of longscan, a document each")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--directory", type=pathlib.Path, default="/tmp/beside-llama.cpp", help="for llama.cpp")
    options = options.parse_args()
    options.directory.mkdir(parents=True, exist_ok=True)
    programs, converter, python = prepared(options.directory)
    weights = options.directory / f"{options.model.resolve().name}-{options.dtype}.gguf"
    if not weights.exists():
        run(python, converter, options.model, "--outfile", weights, "--outtype", options.dtype)
    program = root / ".build/release/longscan"
    rounds = []
    for number in range(options.rounds):
        rounds.append((
            llama(programs, weights, options.threads),
            longscan(program, options.model, options.dtype, options.threads)))
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    print(f"{weights.stem}, threads: {options.threads}, tokens per second")
    print(f"{'':12}{'llama.cpp':>12}{'longscan':>12}{'ratio':>8}")
    for place, measure in enumerate(MEASURES):
        theirs, ours = (statistics.median(pair[side][place] for pair in rounds) for side in (0, 1))
        ratio = statistics.median(pair[1][place] / pair[0][place] for pair in rounds)
        print(f"{measure:12}{theirs:12,.0f}{ours:12,.0f}{ratio:8.1f}")


main()
