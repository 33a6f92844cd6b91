"""Stances toward targets as `stancemap stance` gives them, on the dev parts of public sets.

    python3 tests/evaluation/stance_table.py BINARY SHARED

BINARY is a release build of stancemap, SHARED the folder with data/pairs and data/directed. The built-in schemes
`policy` (Perspectrum, ArgKP: support or oppose) and `sentiment-toward` (five classes) are run as they are; ECE is over
fifteen bins of the chosen label's probability, in the debates among support and oppose alone.
"""

import csv
import subprocess
import sys
import tempfile
from pathlib import Path

DIRECTIONS = {
    "neutral": "neutral",
    "positive p->q": "positive",
    "negative p->q": "negative",
    "positive q->p": "positive-back",
    "negative q->p": "negative-back",
}


def rows_of(path):
    with open(path, encoding="utf-8") as lines:
        columns = next(lines).rstrip("\n").split("\t")
        for line in lines:
            row = dict(zip(columns, line.rstrip("\n").split("\t"), strict=True))
            if row["split"] == "dev":
                yield row


def labelled(binary, scheme, rows):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        with open(path, "w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["text", "target"])
            writer.writerows(rows)
        done = subprocess.run(
            [binary, "--quiet", "stance", str(path), "--scheme", scheme], capture_output=True, text=True, check=True
        )
    return list(csv.DictReader(done.stdout.splitlines()))


def figures(gold, probabilities):
    labels = sorted(probabilities[0])
    chosen = [max(labels, key=lambda label: (row[label], label)) for row in probabilities]
    scores = []
    for label in labels:
        hits = sum(g == c == label for g, c in zip(gold, chosen))
        scores.append(2 * hits / max(1, sum(g == label for g in gold) + sum(c == label for c in chosen)))
    bins = [[0, 0.0, 0] for _ in range(15)]
    for g, c, row in zip(gold, chosen, probabilities):
        one = bins[min(14, int(15 * row[c]))]
        one[0] += 1
        one[1] += row[c]
        one[2] += g == c
    error = sum(abs(sure - right) for _, sure, right in bins) / len(gold)
    return sum(scores) / len(scores), sum(g == c for g, c in zip(gold, chosen)) / len(gold), error


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip().splitlines()[2])
    binary, shared = sys.argv[1], Path(sys.argv[2])
    print("| dev of | scheme | rows | macro-F1 | accuracy | ECE |\n| --- | --- | ---: | ---: | ---: | ---: |")
    for name in ("perspectrum", "argkp"):
        rows = list(rows_of(shared / f"data/pairs/{name}.tsv"))
        out = labelled(binary, "policy", [(row["text"], row["target"]) for row in rows])
        probabilities = []
        for row in out:
            sides = {label: float(row[f"p_{label}"]) + 1e-9 for label in ("support", "oppose")}
            probabilities.append({label: side / sum(sides.values()) for label, side in sides.items()})
        macro, accuracy, error = figures([row["label"] for row in rows], probabilities)
        print(f"| {name} | policy | {len(rows):,} | {macro:.3f} | {accuracy:.3f} | {error:.3f} |", flush=True)
    rows = list(rows_of(shared / "data/directed/directed.tsv"))
    out = labelled(binary, "sentiment-toward", [(row["text"], f"{row['p']} toward {row['q']}") for row in rows])
    probabilities = [{label: float(row[f"p_{label}"]) for label in DIRECTIONS.values()} for row in out]
    macro, accuracy, error = figures([DIRECTIONS[row["class"]] for row in rows], probabilities)
    print(f"| directed | sentiment-toward | {len(rows):,} | {macro:.3f} | {accuracy:.3f} | {error:.3f} |")


if __name__ == "__main__":
    main()
