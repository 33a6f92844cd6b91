"""Whether two names mean one person: stancemap and three measures of strings on tests/names/pairs.csv.

    python3 tests/evaluation/names.py target/release/stancemap [--pairs FILE] [--latin] [--errors]

Needs `pip install rapidfuzz==3.14.6` for the other measures; without it they are passed over. They are given the names in
small letters and without punctuation. A threshold is chosen for the best MCC on one fold, and what it says on the
other is counted, both ways together: no person stands in both folds. AUC is over both. Prints, in Markdown,

- MCC, precision, recall and F (of "one person"), AUC and the two thresholds for each system;
- for stancemap, the share right by kind.

With --latin only pairs in Latin letters are used, since a measure of strings has nothing to go by in two scripts.
With --errors the pairs that stancemap gets wrong are listed.
"""

import argparse
import csv
import math
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path

PAIRS = Path(__file__).parent.parent / "names" / "pairs.csv"


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def stancemap(binary):
    def scores(pairs):
        with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, ["name1", "name2"], lineterminator="\n", extrasaction="ignore")
            out.writeheader()
            out.writerows(pairs)
            file.flush()
            said = subprocess.run(
                [binary, "--quiet", "names", "match", "--pairs", file.name],
                capture_output=True, text=True, check=True,
            ).stdout
        rows = list(csv.DictReader(said.splitlines()))
        assert [(r["name1"], r["name2"]) for r in rows] == [(p["name1"], p["name2"]) for p in pairs]
        return [float(r["score"]) for r in rows]

    return scores


def systems(binary):
    yield "stancemap", stancemap(binary)
    try:
        from rapidfuzz import fuzz, utils
        from rapidfuzz.distance import JaroWinkler, Levenshtein
    except ImportError:
        return

    def each(measure):
        def scores(pairs):
            return [measure(p["name1"], p["name2"], processor=utils.default_process) for p in pairs]

        return scores

    yield "Levenshtein ratio", each(Levenshtein.normalized_similarity)
    yield "Jaro-Winkler", each(JaroWinkler.normalized_similarity)
    yield "token-sort ratio", each(fuzz.token_sort_ratio)


def counts(said, gold):
    table = [[0, 0], [0, 0]]
    for s, g in zip(said, gold):
        table[g][s] += 1
    (tn, fp), (fn, tp) = table
    return tp, fp, fn, tn


def mcc(tp, fp, fn, tn):
    below = math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return (tp * tn - fp * fn) / below if below else 0.0


def threshold(scores, gold):
    """Halfway between the two neighbouring scores that divide best; the lowest of equal ones."""
    steps = sorted(set(scores))
    tries = [(a + b) / 2 for a, b in zip(steps, steps[1:])] or steps
    return max(tries, key=lambda t: (mcc(*counts([s >= t for s in scores], gold)), -t))


def auc(scores, gold):
    """The chance that a pair of one person scores higher than a pair of two; equal scores count half."""
    ranked = sorted(zip(scores, gold))
    ranks, i = 0.0, 0
    while i < len(ranked):
        j = i
        while j < len(ranked) and ranked[j][0] == ranked[i][0]:
            j += 1
        ranks += (i + 1 + j) / 2 * sum(g for _, g in ranked[i:j])
        i = j
    ones = sum(gold)
    return (ranks - ones * (ones + 1) / 2) / (ones * (len(gold) - ones))


def two_fold(scores, pairs):
    """What is said of each pair, by the threshold of the other fold; and the thresholds."""
    said, found = [False] * len(pairs), []
    for test in ("0", "1"):
        learn = [i for i, p in enumerate(pairs) if p["fold"] != test]
        t = threshold([scores[i] for i in learn], [int(pairs[i]["same"]) for i in learn])
        found.append(t)
        for i, p in enumerate(pairs):
            if p["fold"] == test:
                said[i] = scores[i] >= t
    return said, found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binary")
    parser.add_argument("--pairs", type=Path, default=PAIRS)
    parser.add_argument("--latin", action="store_true")
    parser.add_argument("--errors", action="store_true")
    arguments = parser.parse_args()
    pairs = read(arguments.pairs)
    if arguments.latin:
        pairs = [p for p in pairs if not any("Ѐ" <= c <= "ӿ" for c in p["name1"] + p["name2"])]
    gold = [int(p["same"]) for p in pairs]
    print(f"{len(pairs)} pairs, {sum(gold)} of one person\n")
    print("| system | MCC | P | R | F | AUC | thresholds |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    ours = None
    for system, score in systems(arguments.binary):
        scores = score(pairs)
        said, found = two_fold(scores, pairs)
        tp, fp, fn, tn = counts(said, gold)
        cells = (mcc(tp, fp, fn, tn), tp / max(1, tp + fp), tp / max(1, tp + fn), 2 * tp / max(1, 2 * tp + fp + fn))
        cells = [f"{x:.3f}" for x in (*cells, auc(scores, gold))]
        print(f"| {system} | " + " | ".join(cells) + " | " + ", ".join(f"{t:.3f}" for t in found) + " |")
        ours = ours or (scores, said)
    scores, said = ours
    kinds = defaultdict(list)
    for p, s, g in zip(pairs, said, gold):
        kinds[-g, p["kind"]].append(s == g)
    print("\n| kind | same | pairs | right |\n| --- | ---: | ---: | ---: |")
    for (same, kind), right in sorted(kinds.items()):
        print(f"| {kind} | {-same} | {len(right)} | {sum(right) / len(right):.2f} |")
    if arguments.errors:
        print("\n| kind | same | score | name1 | name2 |\n| --- | ---: | ---: | --- | --- |")
        for p, s, g, score in zip(pairs, said, gold, scores):
            if s != g:
                print(f"| {p['kind']} | {g} | {score:.3f} | {p['name1']} | {p['name2']} |")


if __name__ == "__main__":
    main()
