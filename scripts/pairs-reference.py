#!/usr/bin/env python3
"""Writes tests/encoder/pairs.json: what the trained pair encoder says of some pairs, in torch.

    python3 scripts/pairs-reference.py

With the packages of models/training/requirements.txt.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "models/training"))
import pair_encoder as encoder  # noqa: E402

LONG = "The harbour was dredged, the cranes were bought, and the ships that had been promised went elsewhere. " * 8
PAIRS = [
    ("The two governments should build the bridge together.", "The two sides should work together."),
    ("No bridge will ever be worth what it costs us.", "The two sides should work together."),
    ("The bridge is 640 metres long.", "The two sides should work together."),
    ("He does not say that the pact is dead.", "The pact is dead."),
    ("School uniforms do not make pupils equal.", "School uniforms should be compulsory"),
    ("School uniforms make pupils equal.", "School uniforms should be compulsory"),
    ("A man is asleep on a bench.", "Nobody is awake."),
    ("“Если они придут, мы ответим”, — said the general — ‘naïve’ or not.", "Somebody is a danger."),
    ("", "Somebody is a danger."),
    ("No.", "Yes."),
    (LONG, "The ships did not come."),
]


def main():
    folder = ROOT / "models/trained/pair-encoder"
    weights, tokenizer = encoder.load_weights(folder), encoder.open_tokenizer(folder)
    pairs = [encoder.Pair(text, claim, 0, "argkp", "") for text, claim in PAIRS]
    shares = encoder.softmax(encoder.predict(weights, encoder.encode(tokenizer, pairs)))
    rows = [
        {"text": text, "claim": claim, "support": round(float(s[0]), 6), "oppose": round(float(s[1]), 6)}
        for (text, claim), s in zip(PAIRS, shares, strict=True)
    ]
    out = ROOT / "tests/encoder/pairs.json"
    out.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
