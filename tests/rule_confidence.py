#!/usr/bin/env python3
"""How often each attribution rule is right on the development essays.

usage: rule_confidence.py ERRORS.csv QUOTES.csv...

ERRORS.csv is what `stancemap eval --errors` writes (rows of kind "speaker" and "spurious"), QUOTES.csv the
tables/quotes.csv of a run over the same texts. Prints, for each rule, the decisions counted, the share that is
right, and that share drawn towards 0.8 (towards 0.5 for the rules that only guess by nearness) as if by twenty
more decisions, since the rules were mended on these essays: the figures in src/attribute.rs.
"""
import collections
import csv
import sys

GUESSES = {"continued", "nearest-person", "subject"}

if len(sys.argv) < 3:
    sys.exit(__doc__.strip().splitlines()[2])
wrong, left_out = collections.Counter(), collections.Counter()
documents = set()
for row in csv.DictReader(open(sys.argv[1], encoding="utf-8", newline="")):
    documents.add(row["document"])
    rule = row["rule"].split("/")[-1]
    if row["kind"] == "speaker":
        wrong[rule] += 1
    elif row["kind"] == "spurious":
        left_out[rule] += 1
made = collections.Counter()
for name in sys.argv[2:]:
    for row in csv.DictReader(open(name, encoding="utf-8", newline="")):
        if row["document"] in documents:
            made[row["rule"].split("/")[-1]] += 1
print(f"{'rule':<24} {'n':>4} {'right':>6} {'drawn':>6}")
for rule in sorted(made):
    n = made[rule] - left_out[rule]
    right = (n - wrong[rule]) / max(1, n)
    prior = 0.5 if rule in GUESSES else 0.8
    print(f"{rule:<24} {n:>4} {right:>6.2f} {(n - wrong[rule] + prior * 20) / (n + 20):>6.2f}")
