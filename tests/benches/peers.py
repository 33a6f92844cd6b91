#!/usr/bin/env python3
"""Engines of other makers on the sentences of the benchmark, each as one line of JSON.

    peers.py limit --threads N                          a plain matrix product, in GFLOP/s
    peers.py export MODEL_DIR OUT.onnx                  the fp32 weights as an ONNX graph
    peers.py quantize FILE.onnx OUT.onnx                the same in 8 bits, by onnxruntime, per channel
    peers.py onnxruntime FILE.onnx MODEL_DIR --threads N --sentences FILE
    peers.py sentence-transformers MODEL_DIR --threads N --sentences FILE

Sentences go by length, eight at a time, padded to the longest of the eight, which is the best that
was found for all of them. Packages: requirements.txt beside this file.
"""
import argparse
import json
import resource
import time
from pathlib import Path

BATCH = 8
MAX_TOKENS = 256


def report(load, seconds, sentences):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({
        "sentences": len(sentences),
        "load_seconds": load,
        "seconds": seconds,
        "sentences_per_second": len(sentences) / min(seconds),
        "peak_megabytes": peak,
    }))


def timed(run, rounds):
    run()
    seconds = []
    for _ in range(rounds):
        since = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - since)
    return seconds


def limit(args):
    from threadpoolctl import threadpool_limits
    import numpy as np

    size, best = 1536, 0.0
    left = np.random.default_rng(1).random((size, size), dtype=np.float32)
    with threadpool_limits(args.threads):
        for _ in range(20):
            since = time.perf_counter()
            left @ left
            best = max(best, 2 * size**3 / (time.perf_counter() - since) / 1e9)
    print(json.dumps({"gigaflops": best}))


def onnxruntime(args):
    import numpy as np
    import onnxruntime as ort
    from tokenizers import Tokenizer

    sentences = args.sentences.read_text(encoding="utf-8").splitlines()
    since = time.perf_counter()
    options = ort.SessionOptions()
    options.intra_op_num_threads = args.threads
    session = ort.InferenceSession(args.file, options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(args.model / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    load = time.perf_counter() - since
    wanted = {put.name for put in session.get_inputs()}

    def run():
        ids = [encoding.ids for encoding in tokenizer.encode_batch(sentences)]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        vectors = np.zeros((len(ids), 384), dtype=np.float32)
        for first in range(0, len(order), BATCH):
            batch = order[first : first + BATCH]
            longest = len(ids[batch[-1]])
            words = np.zeros((len(batch), longest), dtype=np.int64)
            mask = np.zeros_like(words)
            for row, index in enumerate(batch):
                words[row, : len(ids[index])] = ids[index]
                mask[row, : len(ids[index])] = 1
            inputs = {"input_ids": words, "attention_mask": mask,
                      "token_type_ids": np.zeros_like(words)}
            inputs = {name: value for name, value in inputs.items() if name in wanted}
            states = session.run(["last_hidden_state"], inputs)[0]
            sums = (states * mask[:, :, None]).sum(1)
            vectors[batch] = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        return vectors

    report(load, timed(run, args.rounds), sentences)


def sentence_transformers(args):
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Normalize, Pooling, Transformer

    torch.set_num_threads(args.threads)
    sentences = args.sentences.read_text(encoding="utf-8").splitlines()
    since = time.perf_counter()
    transformer = Transformer(str(args.model), max_seq_length=MAX_TOKENS)
    modules = [transformer, Pooling(384, pooling_mode="mean"), Normalize()]
    model = SentenceTransformer(modules=modules, device="cpu")
    load = time.perf_counter() - since
    run = lambda: model.encode(sentences, batch_size=BATCH, show_progress_bar=False)
    report(load, timed(run, args.rounds), sentences)


def export(args):
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from safetensors.numpy import load_file

    config = json.loads((args.model / "config.json").read_text())
    weights = load_file(args.model / "model.safetensors")
    heads, layers = config["num_attention_heads"], config["num_hidden_layers"]
    hidden, epsilon = config["hidden_size"], config["layer_norm_eps"]
    nodes, constants = [], []

    def constant(name, value):
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(kind, inputs, output, **attributes):
        nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def dense(at, x):
        weight = constant(f"{at}.w", weights[f"{at}.weight"].T)
        product = node("MatMul", [x, weight], f"{at}.product")
        return node("Add", [product, constant(f"{at}.b", weights[f"{at}.bias"])], f"{at}.sum")

    def norm(at, x):
        gain = constant(f"{at}.g", weights[f"{at}.weight"])
        shift = constant(f"{at}.s", weights[f"{at}.bias"])
        return node("LayerNormalization", [x, gain, shift], f"{at}.out", axis=-1, epsilon=epsilon)

    table = lambda name: constant(name, weights[f"embeddings.{name}_embeddings.weight"])
    words = node("Gather", [table("word"), "input_ids"], "words")
    kinds = node("Gather", [table("token_type"), "token_type_ids"], "kinds")
    length = node("Gather", [node("Shape", ["input_ids"], "shape"),
                             constant("one", np.array([1]))], "length")
    start, axis = constant("start", np.array([0])), constant("axis", np.array([0]))
    places = node("Slice", [table("position"), start, length, axis], "places")
    x = node("Add", [node("Add", [words, kinds], "typed"), places], "embedded")
    x = norm("embeddings.LayerNorm", x)
    mask = node("Cast", ["attention_mask"], "floats", to=TensorProto.FLOAT)
    mask = node("Sub", [constant("unit", np.float32(1)), mask], "hidden_ones")
    mask = node("Mul", [mask, constant("far", np.float32(-1e9))], "pushed")
    mask = node("Unsqueeze", [mask, constant("axes", np.array([1, 2]))], "mask")
    split = constant("split", np.array([0, 0, heads, hidden // heads]))
    join = constant("join", np.array([0, 0, hidden]))
    scale = constant("scale", np.float32((hidden // heads) ** 0.5))
    half, root = constant("half", np.float32(0.5)), constant("root", np.float32(2**0.5))
    for layer in range(layers):
        at = f"encoder.layer.{layer}"
        parts = {}
        for part, order in [("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3])]:
            y = dense(f"{at}.attention.self.{part}", x)
            y = node("Reshape", [y, split], f"{at}.{part}.split")
            parts[part] = node("Transpose", [y], f"{at}.{part}.turned", perm=order)
        scores = node("MatMul", [parts["query"], parts["key"]], f"{at}.products")
        scores = node("Add", [node("Div", [scores, scale], f"{at}.scaled"), mask], f"{at}.scores")
        shares = node("Softmax", [scores], f"{at}.shares", axis=-1)
        y = node("MatMul", [shares, parts["value"]], f"{at}.mixed")
        y = node("Transpose", [y], f"{at}.back", perm=[0, 2, 1, 3])
        y = node("Reshape", [y, join], f"{at}.joined")
        y = node("Add", [dense(f"{at}.attention.output.dense", y), x], f"{at}.residual")
        x = norm(f"{at}.attention.output.LayerNorm", y)
        y = dense(f"{at}.intermediate.dense", x)
        erf = node("Erf", [node("Div", [y, root], f"{at}.small")], f"{at}.erf")
        erf = node("Add", [erf, "unit"], f"{at}.erf1")
        y = node("Mul", [node("Mul", [y, erf], f"{at}.double"), half], f"{at}.gelu")
        y = node("Add", [dense(f"{at}.output.dense", y), x], f"{at}.residual2")
        x = norm(f"{at}.output.LayerNorm", y)
    node("Identity", [x], "last_hidden_state")
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
              for name in ("input_ids", "attention_mask", "token_type_ids")]
    output = helper.make_tensor_value_info(
        "last_hidden_state", TensorProto.FLOAT, ["batch", "length", hidden])
    graph = helper.make_graph(nodes, "encoder", inputs, [output], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)],
                                ir_version=10), args.out)


def quantize(args):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # Seven bits: without VNNI, sums of eight-bit products overflow.
    quantize_dynamic(args.file, args.out, per_channel=True, reduce_range=True,
                     weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)

    def command(run, *places):
        added = commands.add_parser(run.__name__.replace("_", "-"))
        for place in places:
            added.add_argument(place, type=str if place in ("file", "out") else Path)
        added.add_argument("--threads", type=int, default=2)
        added.add_argument("--rounds", type=int, default=5)
        added.add_argument("--sentences", type=Path)
        added.set_defaults(run=run)

    command(limit)
    command(export, "model", "out")
    command(quantize, "file", "out")
    command(onnxruntime, "file", "model")
    command(sentence_transformers, "model")
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
