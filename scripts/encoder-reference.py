#!/usr/bin/env python3
"""Writes tests/encoder/reference.json: sentences, and the vectors that all-MiniLM-L6-v2 gives them.

An independent implementation, in float64 with numpy: nothing of stancemap runs here. Texts of more
than 256 tokens are cut into windows as DESIGN.md says (the cut backs off to the start of a word;
token-weighted mean of the windows' unit vectors, then norm).

    python3 -m venv venv && venv/bin/pip install -r scripts/encoder-requirements.txt
    venv/bin/python scripts/encoder-reference.py MODEL_DIR

MODEL_DIR holds model.safetensors (SHA-256 53aa5117...), config.json and tokenizer.json, as
`stancemap models pull` leaves them. tests/encoder/sentences.json has the sentences; they were
written for this project.
"""

import json
import math
import pathlib
import sys

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

TESTS = pathlib.Path(__file__).resolve().parent.parent / "tests" / "encoder"
MAX_TOKENS = 256
erf = np.vectorize(math.erf, otypes=[np.float64])


def norm(x, weights, name, eps):
    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    scaled = (x - mean) / np.sqrt(variance + eps)
    return scaled * weights[name + ".weight"] + weights[name + ".bias"]


def dense(x, weights, name):
    return x @ weights[name + ".weight"].T + weights[name + ".bias"]


def encode(ids, weights, config):
    """The unit vector of one sequence of token ids, special tokens included."""
    eps, heads = config["layer_norm_eps"], config["num_attention_heads"]
    x = (
        weights["embeddings.word_embeddings.weight"][ids]
        + weights["embeddings.position_embeddings.weight"][: len(ids)]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    x = norm(x, weights, "embeddings.LayerNorm", eps)
    width = x.shape[1] // heads
    for layer in range(config["num_hidden_layers"]):
        at = f"encoder.layer.{layer}."
        query, key, value = (
            dense(x, weights, at + "attention.self." + part)
            .reshape(len(ids), heads, width)
            .transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / math.sqrt(width)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (scores / scores.sum(-1, keepdims=True)) @ value
        mixed = mixed.transpose(1, 0, 2).reshape(len(ids), -1)
        mixed = dense(mixed, weights, at + "attention.output.dense")
        x = norm(mixed + x, weights, at + "attention.output.LayerNorm", eps)
        wide = dense(x, weights, at + "intermediate.dense")
        wide = wide * 0.5 * (1 + erf(wide / math.sqrt(2)))
        narrow = dense(wide, weights, at + "output.dense")
        x = norm(narrow + x, weights, at + "output.LayerNorm", eps)
    vector = x.mean(0)
    return vector / np.linalg.norm(vector)


def windows(encoding, room):
    """Token ids, cut where words begin into runs of at most `room`."""
    ids, words = encoding.ids, encoding.word_ids
    first = 0
    while len(ids) - first > room:
        cut = first + room
        while words[cut] == words[cut - 1]:
            cut -= 1
        yield ids[first:cut]
        first = cut
    yield ids[first:]


def main():
    model = pathlib.Path(sys.argv[1])
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    first, last = (tokenizer.token_to_id(t) for t in ("[CLS]", "[SEP]"))
    config = json.loads((model / "config.json").read_text())
    weights = {
        name: tensor.astype(np.float64)
        for name, tensor in load_file(model / "model.safetensors").items()
        if tensor.dtype == np.float32
    }
    sentences = json.loads((TESTS / "sentences.json").read_text(encoding="utf-8"))
    lines = []
    for text in sentences:
        encoding = tokenizer.encode(text, add_special_tokens=False)
        parts = list(windows(encoding, MAX_TOKENS - 2))
        vector = sum(
            max(len(part), 1) * encode([first, *part, last], weights, config) for part in parts
        )
        vector /= np.linalg.norm(vector)
        numbers = ",".join(f"{x:.6f}".rstrip("0").rstrip(".") for x in vector)
        lines.append(
            f'{{"text":{json.dumps(text, ensure_ascii=False)},'
            f'"tokens":{len(encoding.ids)},"windows":{len(parts)},"vector":[{numbers}]}}'
        )
    out = TESTS / "reference.json"
    out.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    print(f"{out}: {len(lines)} sentences, {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
