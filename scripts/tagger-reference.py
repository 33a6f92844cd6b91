"""Writes tests/tagger/reference.json: what models/training/tagger.py reads in tests/tagger/sample.txt with the
committed weights. Install models/training/requirements.txt first."""

import json
import sys
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "models/training"))
import tagger  # noqa: E402

model = ROOT / "models/trained/attribution-tagger"
text = (ROOT / "tests/tagger/sample.txt").read_text(encoding="utf-8")
torch.set_num_threads(2)
document = tagger.read(tagger.open_tokenizer(model), text)


def spans(ranges):
    return [tagger.span_of(document, one) for one in ranges]


rows = [
    {"cue": tagger.span_of(document, cue), "sources": spans(sources), "contents": spans(contents),
     "cue_probability": round(p_cue, 5), "span_probability": round(p_spans, 5)}
    for cue, sources, contents, p_cue, p_spans in tagger.attributions(
        tagger.load_weights(model), document, tagger.bias_of(model)
    )
]
(ROOT / "tests/tagger/reference.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
