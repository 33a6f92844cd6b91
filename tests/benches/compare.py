#!/usr/bin/env python3
"""The table of engines in docs/RESULTS.md: all on the same sentences, in turn, in one session.

    cargo bench --bench engines --no-run            # prints the path of the benchmark
    scripts/rust-bert cargo bench --bench engines --no-run --features rust-bert --target-dir target/rust-bert
    scripts/rust-bert python3 tests/benches/compare.py BENCH RUST_BERT_BENCH MODELS_DIR OUTPUTS

OUTPUTS is what `stancemap run corpus` left: its sentences are the ones that are timed. MODELS_DIR
holds the folder minilm-l6. The Python with the packages of requirements.txt is the one that runs
this. Each engine runs ROUNDS times, each time after all the others; its best round counts.
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 2
HERE = Path(__file__).parent
# Sums of the products of all-MiniLM-L6-v2, once for each token: 6 layers of 384 x (1152 + 384 + 2 x 1536).
FLOPS_A_TOKEN = 2 * 6 * 384 * (1152 + 384 + 2 * 1536)


def line(command):
    env = {**os.environ, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=env)
    return json.loads(done.stdout.strip().splitlines()[-1])


def main():
    bench, rust_bert, models, outputs = sys.argv[1:5]
    texts = []
    for document in sorted(Path(outputs, "documents").glob("*.json")):
        record = json.loads(document.read_text(encoding="utf-8"))
        texts += [" ".join(s["text"].split()) for s in record["sentences"] if s["kind"] != "note"]
    texts = sorted({t for t in texts if t})
    model = str(Path(models, "minilm-l6"))
    with tempfile.TemporaryDirectory() as folder:
        sentences = str(Path(folder, "sentences.txt"))
        Path(sentences).write_text("\n".join(texts) + "\n", encoding="utf-8")
        fp32, int8 = str(Path(folder, "fp32.onnx")), str(Path(folder, "int8.onnx"))
        peers = [sys.executable, str(HERE / "peers.py")]
        subprocess.run([*peers, "export", model, fp32], check=True)
        subprocess.run([*peers, "quantize", fp32, int8], check=True)
        os.environ["STANCEMAP_MODELS"] = models
        engines = {
            "embedded fp32": [bench],
            "embedded int16": [bench, "--precision", "int16"],
            "embedded, ONNX graph": [bench, "--model", "minilm-l6-int8"],
            "rust-bert": [rust_bert, "--engine", "rust-bert"],
            "onnxruntime fp32 (Python)": [*peers, "onnxruntime", fp32, model],
            "onnxruntime int8 (Python)": [*peers, "onnxruntime", int8, model],
            "sentence-transformers (Python)": [*peers, "sentence-transformers", model],
        }
        best, limits = {}, {1: 0.0, 2: 0.0}
        for _ in range(ROUNDS):
            for threads in (1, 2):
                limit = line([*peers, "limit", "--threads", str(threads)])["gigaflops"]
                limits[threads] = max(limits[threads], limit)
                for name, command in engines.items():
                    found = line([*command, "--threads", str(threads), "--sentences", sentences,
                                  "--rounds", "3"])
                    known = best.get((name, threads))
                    if not known or found["sentences_per_second"] > known["sentences_per_second"]:
                        best[name, threads] = found
    tokens = best["embedded fp32", 2]["tokens"]
    print(f"{len(texts)} sentences, {tokens / len(texts):.1f} tokens on average")
    bound = {n: limits[n] * 1e9 / FLOPS_A_TOKEN / tokens * len(texts) for n in limits}
    for threads, limit in limits.items():
        print(f"{threads} threads: a plain matrix product {limit:.0f} GFLOP/s, "
              f"which bounds fp32 at {bound[threads]:.0f} sentences a second")
    print("| engine | sentences/s, 1 thread | 2 threads | 1 → 2 | to rust-bert | of the limit "
          "| load s | peak MB |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    reference = best["rust-bert", 2]["sentences_per_second"]
    for name in engines:
        one, two = (best[name, n]["sentences_per_second"] for n in (1, 2))
        print(f"| {name} | {one:.0f} | {two:.0f} | {two / one:.2f} | {two / reference:.2f} "
              f"| {two / bound[2]:.2f} | {best[name, 2]['load_seconds']:.2f} "
              f"| {best[name, 2]['peak_megabytes']:.0f} |")


if __name__ == "__main__":
    main()
