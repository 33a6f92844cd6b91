#!/usr/bin/env python3
"""How far two passes of labelling agree, and whether texts repeat one another.

    tests/evaluation/agreement.py                       agreement per split, topic and file; near-duplicates
    tests/evaluation/agreement.py --blind N OUT.tsv     the first pass's texts without labels, shuffled, for a second pass:
                                                        all of alliance_topics.csv and N of alliance.csv (seed 7)
    tests/evaluation/agreement.py --settle THIRD.tsv    writes second and label into alliance_topics.csv

Files, under models/training/: alliance_topics.csv (id,text,label,topic,target,split,first,second), alliance.csv
(text,label,topic,target; no ids: a row is known by the first 12 hex digits of its text's SHA-256) and
alliance_second_pass.csv (key,file,label2). THIRD.tsv: a key and a label on each line, one for every row of
alliance_topics.csv on which the passes differ.

Standard library only. Exit status 1 where a near-duplicate is found or a file is incomplete.
"""
import collections
import csv
import hashlib
import pathlib
import random
import re
import sys

HERE = pathlib.Path(__file__).resolve().parents[2] / "models" / "training"
LABELS = ["pro-alliance", "skeptic", "threat-perception", "none"]
RUN, JACCARD = 8, 0.6


def read(name):
    with open(HERE / name, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def write(name, fields, rows):
    with open(HERE / name, "w", encoding="utf-8", newline="") as f:
        out = csv.DictWriter(f, fields, lineterminator="\n")
        out.writeheader()
        out.writerows(rows)


def digest(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]


def words(text):
    return re.findall(r"\w+(?:['’]\w+)?", text.lower())


def kappa(pairs):
    n = len(pairs)
    seen = sum(a == b for a, b in pairs) / n
    first = collections.Counter(a for a, _ in pairs)
    second = collections.Counter(b for _, b in pairs)
    chance = sum(first[label] * second[label] for label in LABELS) / n**2
    return seen, (seen - chance) / (1 - chance) if chance < 1 else 1.0


def interval(pairs, rounds=1000):
    """Kappa's 95 % bootstrap interval."""
    rng = random.Random(7)
    values = sorted(kappa(rng.choices(pairs, k=len(pairs)))[1] for _ in range(rounds))
    return values[int(0.025 * rounds)], values[int(0.975 * rounds) - 1]


def show(title, pairs, matrix=True):
    seen, k = kappa(pairs)
    low, high = interval(pairs)
    print(f"{title}: n={len(pairs)} agreement={seen:.3f} kappa={k:.3f} [{low:.3f}, {high:.3f}]")
    if not matrix:
        return
    table = collections.Counter(pairs)
    print(f"    {'first / second':<20}" + "".join(f"{label[:10]:>12}" for label in LABELS))
    for a in LABELS:
        print(f"    {a:<20}" + "".join(f"{table[a, b]:>12}" for b in LABELS))
    print()


def near_duplicates(texts):
    """Pairs that share a run of RUN words, or more than JACCARD of their distinct words; and repeated openings."""
    tokens = [words(t) for t in texts]
    sets = [set(t) for t in tokens]
    found, openings = [], collections.defaultdict(list)
    runs = {}
    for i, t in enumerate(tokens):
        openings[tuple(t[:4])].append(i)
        for j in range(len(t) - RUN + 1):
            run = tuple(t[j : j + RUN])
            k = runs.setdefault(run, i)
            if k != i:
                found.append((k, i, "run: " + " ".join(run)))
    for i, a in enumerate(sets):
        for k in range(i):
            b = sets[k]
            if min(len(a), len(b)) <= JACCARD * max(len(a), len(b)):
                continue
            share = len(a & b) / len(a | b)
            if share > JACCARD:
                found.append((k, i, f"Jaccard {share:.2f}"))
    return found, {o: v for o, v in openings.items() if len(v) > 1 and len(o) == 4}


def blind(n, out):
    rng = random.Random(7)
    old = read("alliance.csv")
    pool = old[150:]  # the second annotator had seen the first 150 rows with their labels
    rows = [(r["id"], r["target"], r["text"]) for r in read("alliance_topics.csv")]
    rows += [(digest(r["text"]), r["target"], r["text"]) for r in rng.sample(pool, n)]
    rng.shuffle(rows)
    with open(out, "w", encoding="utf-8") as f:
        for i, (key, target, text) in enumerate(rows, 1):
            f.write(f"{i}\t{key}\t{target}\t{text}\n")


def settle(path):
    with open(path, encoding="utf-8") as f:
        third = dict(line.split()[:2] for line in f if line.strip())
    second = {r["key"]: r["label2"] for r in read("alliance_second_pass.csv")}
    rows, used = read("alliance_topics.csv"), set()
    for r in rows:
        r["second"] = second[r["id"]]
        if r["first"] == r["second"]:
            r["label"] = r["first"]
        else:
            r["label"] = third[r["id"]]
            used.add(r["id"])
    strange = [k for k in third if k not in used] + [v for v in third.values() if v not in LABELS]
    if strange:
        sys.exit(f"{path}: not disputed, or no label: {', '.join(strange)}")
    write("alliance_topics.csv", list(rows[0]), rows)


def main():
    if sys.argv[1:2] == ["--blind"]:
        return blind(int(sys.argv[2]), sys.argv[3])
    if sys.argv[1:2] == ["--settle"]:
        return settle(sys.argv[2])
    if len(sys.argv) > 1:
        sys.exit(__doc__)

    bad = False
    new, old = read("alliance_topics.csv"), read("alliance.csv")
    second = {r["key"]: r["label2"] for r in read("alliance_second_pass.csv")}
    shared_topics = {r["topic"] for r in new} & {r["topic"] for r in old}
    splits = collections.defaultdict(set)
    for r in new:
        splits[r["topic"]].add(r["split"])
        if {r["label"], r["first"], r["second"]} - set(LABELS) or second.get(r["id"]) != r["second"]:
            print(f"incomplete: {r['id']}")
            bad = True
    if shared_topics or any(len(s) > 1 for s in splits.values()) or len({r["id"] for r in new}) < len(new):
        print("a topic lies in two splits, or an id is given twice")
        bad = True

    print("labels (settled) by topic\n")
    print(f"    {'':<26}" + "".join(f"{label[:10]:>12}" for label in LABELS) + f"{'all':>8}")
    for name in list(dict.fromkeys(r["topic"] for r in new)) + ["dev", "test"]:
        count = collections.Counter(r["label"] for r in new if name in (r["topic"], r["split"]))
        mark = next(iter(splits[name])) if name in splits else ""
        print(f"    {name:<20}{mark:<6}" + "".join(f"{count[l]:>12}" for l in LABELS) + f"{sum(count.values()):>8}")
    print("\nmean words by settled label: ", end="")
    for label in LABELS:
        n = [len(r["text"].split()) for r in new if r["label"] == label]
        print(f"{label} {sum(n) / len(n):.1f}", end="; ")
    print("\n\nfirst pass against second\n")
    train = [(r["label"], second[digest(r["text"])]) for r in old if digest(r["text"]) in second]
    show("train (part of alliance.csv)", train)
    for split in ("dev", "test"):
        show(f"{split} (alliance_topics.csv)", [(r["first"], r["second"]) for r in new if r["split"] == split])
    for topic in splits:
        show(topic, [(r["first"], r["second"]) for r in new if r["topic"] == topic], matrix=False)
    show("\nall of alliance_topics.csv", [(r["first"], r["second"]) for r in new])
    disputed = [r for r in new if r["first"] != r["second"]]
    kept = sum(r["label"] == r["first"] for r in disputed)
    taken = sum(r["label"] == r["second"] for r in disputed)
    print(f"settled: {len(disputed)} disputed; first kept {kept}, second taken {taken}, neither {len(disputed) - kept - taken}\n")

    texts = [r["text"] for r in new] + [r["text"] for r in old]
    names = [r["id"] for r in new] + [digest(r["text"]) for r in old]
    found, openings = near_duplicates(texts)
    ours = [f for f in found if f[0] < len(new) or f[1] < len(new)]
    print(f"near-duplicates (run of {RUN} words, or Jaccard > {JACCARD}): {len(ours)} with a new text, {len(found) - len(ours)} among the old")
    for a, b, why in found:
        print(f"    {names[a]}  {names[b]}  {why}")
    same = {o: v for o, v in openings.items() if any(i < len(new) for i in v)}
    print(f"openings of four words that a new text shares with another: {len(same)}")
    for opening, v in same.items():
        print(f"    {' '.join(opening)}: {', '.join(names[i] for i in v)}")
    sys.exit(1 if bad or ours else 0)


if __name__ == "__main__":
    main()
