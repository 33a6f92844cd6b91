#!/usr/bin/env python3
"""Vectors of the tests' tiny MPNet by Hugging Face transformers: tests/encoder/mpnet.json.

    STANCEMAP_TINY_MPNET=DIR cargo test --test mpnet    # writes the model to DIR
    scripts/mpnet-reference.py DIR                      # needs torch, tokenizers and transformers

rust-bert has no MPNet, so that this is what the embedded engine's is held to.
"""
import json
import pathlib
import sys

import torch
from tokenizers import Tokenizer
from transformers import MPNetModel

OUT = pathlib.Path(__file__).parent.parent / "tests/encoder/mpnet.json"
TEXTS = [
    "",
    "The two countries need each other.",
    "They said that it was not a treaty, and that the bases are a danger to us.",
    # Far enough for the buckets of distances that are logarithmic.
    "trade trust security power interests relations " * 9,
]

folder = pathlib.Path(sys.argv[1])
tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
tokenizer.no_padding()
model = MPNetModel.from_pretrained(folder, add_pooling_layer=False).eval()
rows = []
for text in TEXTS:
    ids = torch.tensor([tokenizer.encode(text).ids])
    with torch.no_grad():
        states = model(ids, torch.ones_like(ids)).last_hidden_state[0].double()
    vector = states.mean(0)
    vector = vector / vector.norm()
    rows.append({"text": text, "tokens": ids.shape[1], "vector": [round(x, 7) for x in vector.tolist()]})
OUT.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
print(OUT, [row["tokens"] for row in rows])
