#!/usr/bin/env python3
"""How far two annotations of one essay agree.

    tests/evaluation/essay_agreement.py FIRST.json SECOND.json ESSAY.txt

Contents are sets of words by their place in the raw text; they match one to one, best first, at a
Jaccard index of 0.5 or more, by the first extent that is given. Standard library only.
"""
import json
import re
import sys
from collections import Counter

LEAST = 0.5


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def words(quote, raw):
    """Places of the words of a quotation's content."""
    return {piece["start"] + word.start()
            for piece in quote["content"]
            for word in re.finditer(r"\w+", raw[piece["start"]:piece["end"]])}


def matches(first, second):
    """Pairs of positions in two lists of sets of words."""
    overlaps = sorted(((len(a & b) / len(a | b), i, j)
                       for i, a in enumerate(first) for j, b in enumerate(second) if a & b), reverse=True)
    pairs, left, right = [], set(), set()
    for jaccard, i, j in overlaps:
        if jaccard >= LEAST and i not in left and j not in right:
            left.add(i)
            right.add(j)
            pairs.append((i, j))
    return pairs


def kappa(pairs):
    """Cohen's, of pairs of labels."""
    observed = sum(a == b for a, b in pairs) / len(pairs)
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    chance = sum(first[label] * second[label] for label in first) / len(pairs) ** 2
    return (observed - chance) / (1 - chance)


def main():
    one, two = read(sys.argv[1])["quotes"], read(sys.argv[2])["quotes"]
    with open(sys.argv[3], encoding="utf-8", newline="") as file:
        raw = file.read()
    pairs = matches([words(q, raw) for q in one], [words(q, raw) for q in two])
    precision, recall = len(pairs) / len(two), len(pairs) / len(one)
    f = 2 * precision * recall / (precision + recall) if pairs else 0.0
    print(f"{len(one)} and {len(two)} quotations, {len(pairs)} matched: "
          f"P {precision:.3f} R {recall:.3f} F {f:.3f}")
    for key in ("speaker", "type", "how", "footnote", "stance"):
        values = [(one[i][key], two[j][key]) for i, j in pairs]
        equal = sum(a == b for a, b in values) / len(values)
        more = f", kappa {kappa(values):.3f}" if key in ("type", "stance") else ""
        print(f"{key}: {equal:.3f} equal{more}")
        for (i, j), (a, b) in zip(pairs, values):
            if a != b:
                print(f"  {one[i]['id']}: {a} / {b}")


if __name__ == "__main__":
    main()
