"""Attribution on news texts with every attribution marked, and how far its confidence can be trusted.

    python3 tests/evaluation/attribution.py BINARY SHARED [--tagger none] [--wrapped] [--by-type] [--calibration] [--check]

BINARY is a release build of stancemap, SHARED the folder with data/polnear/dev, data/polnear/dev-text and
tools/score_attribution.py, whose definitions these are. Prints the rows of docs/RESULTS.md:

- one row for all attributions, and with --by-type one each for direct, mixed and indirect ones;
- with --wrapped the same texts hard-wrapped at 95 columns, as a PDF has them;
- with --calibration, of quotations whose content was matched and whose source is a name: accuracy of the
  speaker, expected calibration error over ten bins of equal count, accuracy of the most confident 80 %.

With --check it ends with 1 where a figure of the default is below what is wanted.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

COLUMNS = (
    ("content exact", "content exact-words"),
    ("content J≥.3", "content J>=0.3"),
    ("source J≥.3", "source J>=0.3"),
    ("cue exact", "cue exact-words"),
    ("content + source J≥.3", "content + source J>=0.3"),
    ("all exact", "all spans exact-words"),
)


WANTED = {
    "all": (55, 75, 72, 66, 66, 42),
    "direct": (0, 0, 0, 0, 88, 0),
    "mixed": (0, 0, 0, 0, 72, 0),
    "indirect": (0, 0, 0, 0, 58, 0),
}


def short_of(name, figures):
    """The figures that are below what is wanted, in words."""
    reached = [100 * figures["metrics"][metric]["f"] for _, metric in COLUMNS]
    rows = zip(COLUMNS, reached, WANTED.get(name, ()))
    return [f"{name}: {column} {value:.1f} for {wanted}" for (column, _), value, wanted in rows if value < wanted]


def quotes(binary, texts, out, more):
    command = [binary, "--quiet", "quotes", str(texts), "--format", "citron", "--out", str(out), *more]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")


def row(name, figures):
    cells = [f"{100 * figures['metrics'][metric]['f']:.1f}" for _, metric in COLUMNS]
    speaker = figures["speaker"]
    answered = speaker["judged"] - speaker["abstained"]
    cells.append(f"{100 * speaker['right'] / max(1, speaker['judged']):.1f}")
    cells.append(f"{100 * speaker['right'] / max(1, answered):.1f}")
    return f"| {name} | " + " | ".join(cells) + " |"


def score(shared, predicted, only=None):
    command = [sys.executable, str(shared / "tools/score_attribution.py"), str(shared / "data/polnear/dev"), str(predicted)]
    with tempfile.NamedTemporaryFile(suffix=".json") as written:
        command += ["--json", written.name] + (["--only", only] if only else [])
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return json.loads(Path(written.name).read_text())


def judged(shared, predicted):
    """(confidence, right) of each quotation with a speaker whose gold source is a name."""
    sys.path.insert(0, str(shared / "tools"))
    import evalcommon as common
    import score_attribution as scorer

    rows = []
    for gold_path in sorted((shared / "data/polnear/dev").glob("*.gold.json")):
        document = gold_path.name[: -len(".gold.json")]
        gold = common.read_json(gold_path)
        said = scorer.load_pred(predicted / f"{document}.json", document)
        tokens = common.Tokens(gold["text"])
        align = common.Alignment(said["text"], gold["text"])
        align.source = said["text"]
        quoted = tokens.of(common.quote_regions(gold["text"]))
        problems = dict.fromkeys(("out of range", "text differs from offsets", "unaligned"), 0)
        golds = [scorer.Unit(q, tokens, quoted) for q in gold["quotes"]]
        found = [(scorer.Unit(q, tokens, quoted, align, "", problems), q) for q in said["quotes"]]
        found = [(unit, q) for unit, q in found if unit.words["content"]]
        matched = common.greedy(
            golds, [unit for unit, _ in found], lambda g, p: common.jaccard(g.words["content"], p.words["content"]), 0.3
        )
        for i, j, _ in matched:
            source, (unit, quote) = golds[i].source_text, found[j]
            if common.source_kind(source) == "name" and unit.speaker:
                rows.append((quote["confidence"], common.same_speaker(unit.speaker, source), document))
    return rows


def calibration(rows, bins=10):
    rows = sorted(rows)
    error = 0.0
    lines = []
    for at in range(bins):
        part = rows[at * len(rows) // bins : (at + 1) * len(rows) // bins]
        if part:
            sure = sum(confidence for confidence, *_ in part) / len(part)
            right = sum(right for _, right, _ in part) / len(part)
            error += abs(sure - right) * len(part) / len(rows)
            lines.append(f"| {part[0][0]:.3f}–{part[-1][0]:.3f} | {len(part)} | {sure:.3f} | {right:.3f} |")
    kept = rows[len(rows) // 5 :]
    accuracy = sum(right for _, right, _ in kept) / max(1, len(kept))
    return error, accuracy, lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binary")
    parser.add_argument("shared", type=Path)
    parser.add_argument("--tagger", action="append", default=[], help="as for stancemap quotes; also several")
    parser.add_argument("--wrapped", action="store_true")
    parser.add_argument("--by-type", action="store_true")
    parser.add_argument("--calibration", action="store_true")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    shared = arguments.shared
    texts = shared / "data/polnear/dev-text"
    names = [name for name, _ in COLUMNS] + ["speaker", "speaker where given"]
    print("| what | " + " | ".join(names) + " |")
    print("| --- |" + " ---: |" * len(names))
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for number, tagger in enumerate(arguments.tagger or [None]):
            more = ["--tagger", tagger] if tagger else []
            out = folder / f"plain{number}"
            quotes(arguments.binary, texts, out, more)
            name = f"tagger {tagger}" if tagger else "all"
            figures = score(shared, out)
            print(row(name, figures), flush=True)
            missed += short_of(name, figures)
            if arguments.by_type:
                for kind in ("direct", "mixed", "indirect"):
                    figures = score(shared, out, kind)
                    print(row(kind, figures), flush=True)
                    missed += short_of(kind, figures) if tagger is None else []
            if arguments.wrapped:
                sys.path.insert(0, str(shared / "tools"))
                from evalcommon import hard_wrap

                wrapped = folder / f"wrapped-text{number}"
                wrapped.mkdir()
                for path in sorted(texts.glob("*.txt")):
                    (wrapped / path.name).write_text(hard_wrap(path.read_text(encoding="utf-8")), encoding="utf-8")
                quotes(arguments.binary, wrapped, folder / f"wrapped{number}", more)
                print(row("hard-wrapped", score(shared, folder / f"wrapped{number}")), flush=True)
            if arguments.calibration:
                rows = judged(shared, out)
                error, accuracy, lines = calibration(rows)
                right = sum(right for _, right, _ in rows) / max(1, len(rows))
                print(f"\nspeakers that are names: {len(rows)}, right {right:.3f}, ECE {error:.3f},", end=" ")
                print(f"right of the most confident 80 % {accuracy:.3f}\n")
                print("| confidence | quotations | mean confidence | right |\n| --- | ---: | ---: | ---: |")
                print("\n".join(lines))
    if arguments.check and missed:
        sys.exit("\n".join(["below what is wanted:", *missed]))


if __name__ == "__main__":
    main()
