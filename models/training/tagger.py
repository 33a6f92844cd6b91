"""Fine-tunes all-MiniLM-L6-v2 to find who says what: cues, and the source and content of each.

    python models/training/tagger.py train  --base DIR --data ../shared/data/polnear --work DIR
    python models/training/tagger.py export --base DIR --work DIR --out DIR
    python models/training/tagger.py tag    --model DIR --texts DIR --out DIR

A window of the text is read once by the encoder, and `cue` marks the words of cues. Then, for each
cue, two layers more read the words around it, told how far each word is from the cue, and `spans`
marks its source and content. So attributions may overlap and lie inside each other, and the price of
a cue is two layers of a part of the window. Cues that the first step wrongly sees are among the
training rows of the second one, with neither source nor content.

The encoder's base knows no capitals: what a token looks like, and whether it stands in quotation
marks, takes the place of the token types (`token_type`). `train` can be stopped at any time and goes
on from its last checkpoint. `tag` writes Citron JSON from the tagger alone: the reference for the
program's own reading of the weights, and what an epoch is watched by.
"""

import argparse
import dataclasses
import json
import math
import random
import re
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from checkpoints import Checkpoints
from pair_encoder import LAYERS, dequantised, encoder_layer, load_weights, quantised, write_json
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

CUE_TAGS = ["O", "B", "I"]
SPAN_TAGS = ["O", "B-source", "I-source", "B-content", "I-content"]
IGNORED = -100

WINDOW = 254  # tokens of a window, besides the first and the last
# Layers that read the words around a cue.
CUE_LAYERS = 2
# What of a window is read again for a cue: so many tokens before it and after it.
BEFORE, AFTER = 64, 96
TRAIN_BEFORE, TRAIN_AFTER = 36, 56
# A token's distance to the cue is told up to eight tokens exactly, then in these steps.
STEPS = (9, 13, 19, 27, 39, 55)
DISTANCES = 2 * (8 + len(STEPS)) + 1


# --- text -> tokens -------------------------------------------------------------------------------


@dataclasses.dataclass
class Document:
    ids: np.ndarray
    types: np.ndarray
    starts: np.ndarray  # offsets in the text, code points
    ends: np.ndarray
    words: np.ndarray  # whether a word begins with the token


def look(piece):
    """0: nothing of the kind; 1: a capital first; 2: capitals only, at least two."""
    if not piece[:1].isupper():
        return 0
    letters = [c for c in piece if c.isalpha()]
    return 2 if len(letters) > 1 and all(c.isupper() for c in letters) else 1


def in_marks(paragraph):
    """For each character, whether it stands between double quotation marks; they themselves do not."""
    inside, out = False, []
    for c in paragraph:
        if c == "“" or c == "«":
            inside, mark = True, True
        elif c == "”" or c == "»":
            inside, mark = False, True
        elif c == '"':
            inside, mark = not inside, True
        else:
            mark = False
        out.append(inside and not mark)
    return out


def read(tokenizer, text):
    """The paragraphs of a text, one after the other, with the separator between them."""
    separator = tokenizer.token_to_id("[SEP]")
    ids, types, starts, ends, words = [], [], [], [], []
    at = 0
    for paragraph in text.split("\n"):
        if paragraph.strip():
            if ids:
                for column, value in ((ids, separator), (types, 0), (starts, at), (ends, at), (words, False)):
                    column.append(value)
            quoted = in_marks(paragraph)
            encoding = tokenizer.encode(paragraph, add_special_tokens=False)
            for token, (start, end), piece in zip(encoding.ids, encoding.offsets, encoding.tokens, strict=True):
                ids.append(token)
                types.append(look(paragraph[start:end]) + 3 * quoted[start] if end > start else 0)
                starts.append(at + start)
                ends.append(at + end)
                words.append(not piece.startswith("##"))
        at += len(paragraph) + 1
    return Document(*(np.array(column) for column in (ids, types, starts, ends, words)))


def open_tokenizer(folder):
    tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def tokens_in(document, span):
    """The range of tokens that lie in a span of characters, at least in part."""
    return range(
        int(np.searchsorted(document.ends, span["start"], side="right")),
        int(np.searchsorted(document.starts, span["end"], side="left")),
    )


# --- gold -> tags ---------------------------------------------------------------------------------


@dataclasses.dataclass
class Gold:
    document: Document
    cue_tags: np.ndarray
    # For each attribution its cue (first token, one behind the last) and its tags, over the document.
    attributions: list


def gold_of(tokenizer, row):
    document = read(tokenizer, row["text"])
    cue_tags = np.zeros(len(document.ids), dtype=np.int64)
    for span in row["ignore"]:
        cue_tags[tokens_in(document, span)] = IGNORED
    attributions = []
    for quote in row["quotes"]:
        cues = [tokens_in(document, span) for span in quote["cues"]]
        cues = [cue for cue in cues if len(cue)]
        if not cues:
            continue
        for cue in cues:
            cue_tags[cue] = 2
            cue_tags[cue.start] = 1
        tags = {}
        for kind, first in (("sources", 1), ("contents", 3)):
            for span in quote[kind]:
                tokens = tokens_in(document, span)
                tags.update(dict.fromkeys(tokens, first + 1))
                if len(tokens):
                    tags[tokens.start] = first
        attributions.append((cues[0].start, cues[0].stop, tags))
    return Gold(document, cue_tags, attributions)


# --- the network ----------------------------------------------------------------------------------


def starting_weights(base, seed):
    """MiniLM's tensors without the pooler, its last layers once more for the cues, and the heads."""
    generator = torch.Generator().manual_seed(seed)
    weights = {
        f"bert.{name}": tensor.float()
        for name, tensor in load_file(Path(base) / "model.safetensors").items()
        if not name.endswith("position_ids") and not name.startswith("pooler")
    }
    types = weights["bert.embeddings.token_type_embeddings.weight"]
    weights["bert.embeddings.token_type_embeddings.weight"] = types[:1].repeat(6, 1)
    for at in range(CUE_LAYERS):
        last = f"bert.encoder.layer.{LAYERS - CUE_LAYERS + at}."
        for name in [name for name in weights if name.startswith(last)]:
            weights[f"around.layer.{at}.{name.removeprefix(last)}"] = weights[name].clone()
    weights["around.distance.weight"] = torch.randn(DISTANCES, 384, generator=generator) * 0.02
    for head, tags in (("cue", CUE_TAGS), ("spans", SPAN_TAGS)):
        weights[f"{head}.weight"] = torch.randn(len(tags), 384, generator=generator) * 0.02
        weights[f"{head}.bias"] = torch.zeros(len(tags))
    return weights


def dropped(share):
    """Dropout of whole columns, the same for all tokens of a row: the masks are small, and on a CPU it
    is they that cost."""
    if share == 0:
        return lambda x: x
    return lambda x: x * (torch.rand(x.shape[0], 1, x.shape[2]) >= share) / (1 - share)


def states_of(weights, ids, types, dropout=0.0):
    """What the encoder makes of windows of one length. Shapes: ids, types (rows, tokens)."""
    table = lambda name: weights[f"bert.embeddings.{name}_embeddings.weight"]
    x = F.embedding(ids, table("word")) + table("position")[: ids.shape[1]] + F.embedding(types, table("token_type"))
    x = F.layer_norm(
        x, (384,), weights["bert.embeddings.LayerNorm.weight"], weights["bert.embeddings.LayerNorm.bias"], 1e-12
    )
    for at in range(LAYERS):
        x = encoder_layer(weights, f"bert.encoder.layer.{at}", x, None, dropped(dropout))
    return x


def head(weights, name, x):
    return F.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])


def distance_rows(tokens, start, end):
    """The row of the table of distances for each of `tokens`, seen from the cue start..end."""
    rows = []
    for token in tokens:
        far = min(token - start, 0) or max(token - end + 1, 0)
        size = abs(far)
        row = size if size <= 8 else 8 + sum(size >= step for step in STEPS)
        rows.append(row if far >= 0 else row + 8 + len(STEPS))
    return rows


def span_logits(weights, states, around, dropout=0.0):
    """For each of `around`, (row of states, first token, one behind the last, cue start, cue end): the
    logits of its tokens, padded to the longest."""
    longest = max(stop - first for _, first, stop, _, _ in around)
    rows = torch.zeros(len(around), longest, dtype=torch.long)
    tokens, distances = torch.zeros_like(rows), torch.zeros_like(rows)
    mask = torch.zeros(len(around), longest, dtype=torch.bool)
    for at, (row, first, stop, start, end) in enumerate(around):
        rows[at] = row
        tokens[at, : stop - first] = torch.arange(first, stop)
        distances[at, : stop - first] = torch.tensor(distance_rows(range(first, stop), start, end))
        mask[at, : stop - first] = True
    x = states[rows, tokens] + F.embedding(distances, weights["around.distance.weight"])
    attend = mask[:, None, None, :].expand(len(around), 1, longest, longest)
    for at in range(CUE_LAYERS):
        x = encoder_layer(weights, f"around.layer.{at}", x, attend, dropped(dropout))
    return head(weights, "spans", x)


# --- training -------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Recipe:
    """What decides the weights, besides the data."""

    seed: int = 7
    epochs: int = 3
    batch: int = 4  # windows
    rate: float = 2.5e-4
    head_rate: float = 1e-3
    layer_decay: float = 0.9  # the rate of a layer is that of the layer above times this
    warm_up: float = 0.06
    dropout: float = 0.1
    weight_decay: float = 0.01
    false_cues: float = 0.25  # of the spans' rows, once the first epoch has begun to see cues
    fraction: float = 1.0  # of the documents, for learning curves


def groups_of(weights, recipe):
    """The tensors to train, each with its own rate. Word vectors stay as they are: most words of a
    text at run time are not in the training set, and must stay where their neighbours are."""
    groups = []
    for name, tensor in weights.items():
        if "word_embeddings" in name or "position_embeddings" in name:
            continue
        layer = re.search(r"bert\.encoder\.layer\.(\d)\.", name)
        if name.startswith(("cue.", "spans.", "around.distance")):
            rate = recipe.head_rate
        elif name.startswith("around."):
            rate = recipe.rate
        else:
            rate = recipe.rate * recipe.layer_decay ** (LAYERS - int(layer[1]) if layer else LAYERS + 1)
        decay = recipe.weight_decay if tensor.dim() == 2 else 0.0
        groups.append({"params": [tensor.requires_grad_()], "lr": rate, "peak": rate, "weight_decay": decay})
    return groups


def windows_of(golds, recipe, epoch):
    """Windows that tile each document, from a place that differs with the epoch; those of one length
    together, in a random order."""
    rng = random.Random(f"{recipe.seed} {epoch}")
    full, rest = [], []
    for at, gold in enumerate(golds):
        start, stop = 0, rng.randint(64, WINDOW)
        while start < len(gold.document.ids):
            stop = min(stop, len(gold.document.ids))
            (full if stop - start == WINDOW else rest).append((at, start, stop))
            start, stop = stop, stop + WINDOW
    rng.shuffle(full)
    rest.sort(key=lambda window: window[2] - window[1])
    made = [full[at : at + recipe.batch] for at in range(0, len(full), recipe.batch)]
    for window in rest:
        # Windows of one length only: cut to the shortest of the batch.
        if made and len(made[-1]) < recipe.batch and 0 <= window[2] - window[1] - (made[-1][0][2] - made[-1][0][1]) <= 8:
            shortest = made[-1][0][2] - made[-1][0][1]
            made[-1].append((window[0], window[1], window[1] + shortest))
        else:
            made.append([window])
    rng.shuffle(made)
    return made


def collate(golds, windows):
    length = windows[0][2] - windows[0][1]
    ids = torch.full((len(windows), length + 2), 0, dtype=torch.long)
    types, tags = torch.zeros_like(ids), torch.full_like(ids, IGNORED)
    for row, (at, start, stop) in enumerate(windows):
        document = golds[at].document
        ids[row, 0], ids[row, -1] = 101, 102
        ids[row, 1:-1] = torch.from_numpy(document.ids[start:stop])
        types[row, 1:-1] = torch.from_numpy(document.types[start:stop])
        of_words = np.where(document.words[start:stop], golds[at].cue_tags[start:stop], IGNORED)
        tags[row, 1:-1] = torch.from_numpy(of_words)
    return ids, types, tags


def around_cues(golds, windows, cue_logits, recipe, rng):
    """What the second step learns from: the true cues of the windows, and some false ones."""
    around, tags = [], []

    def add(row, window, cue_start, cue_end, gold_tags):
        at, start, stop = window
        first, last = max(start, cue_start - TRAIN_BEFORE), min(stop, cue_end + TRAIN_AFTER)
        around.append((row, first - start + 1, last - start + 1, cue_start - start + 1, cue_end - start + 1))
        words = golds[at].document.words
        tags.append([gold_tags.get(token, 0) if words[token] else IGNORED for token in range(first, last)])

    likely = torch.softmax(cue_logits.detach(), -1)[..., 1].numpy()
    for row, window in enumerate(windows):
        at, start, stop = window
        true = [one for one in golds[at].attributions if start <= one[0] and one[1] <= stop]
        for cue_start, cue_end, gold_tags in true:
            add(row, window, cue_start, cue_end, gold_tags)
        false = [
            start + token - 1
            for token in range(1, stop - start + 1)
            if likely[row, token] > 0.25 and golds[at].cue_tags[start + token - 1] == 0
        ]
        for token in rng.sample(false, min(len(false), round(recipe.false_cues * len(true)))):
            add(row, window, token, token + 1, {})
    longest = max((len(row) for row in tags), default=0)
    return around, torch.tensor([row + [IGNORED] * (longest - len(row)) for row in tags])


def train(arguments):
    recipe = Recipe(seed=arguments.seed, fraction=arguments.fraction, epochs=arguments.epochs)
    work = Path(arguments.work)
    work.mkdir(parents=True, exist_ok=True)
    tokenizer = open_tokenizer(arguments.base)
    with open(Path(arguments.data) / "train.jsonl", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    rows = [row for row in rows if random.Random(f"{recipe.seed} {row['doc']}").random() < recipe.fraction]
    golds = [gold_of(tokenizer, row) for row in rows]
    steps = [(epoch, made) for epoch in range(recipe.epochs) for made in windows_of(golds, recipe, epoch)]
    print(len(golds), "documents,", sum(len(g.document.ids) for g in golds), "tokens,", len(steps), "steps", flush=True)

    torch.manual_seed(recipe.seed)
    weights = starting_weights(arguments.base, recipe.seed)
    optimiser = torch.optim.AdamW(groups_of(weights, recipe), betas=(0.9, 0.98), eps=1e-6)
    checkpoints = Checkpoints(work, recipe, weights, optimiser)
    done = checkpoints.resume()

    warm = max(1, round(recipe.warm_up * len(steps)))
    running, tokens, since = defaultdict(list), 0, time.time()
    for at in range(done, len(steps)):
        epoch, windows = steps[at]
        scale = min((at + 1) / warm, (len(steps) - at) / (len(steps) - warm))
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * scale
        ids, types, tags = collate(golds, windows)
        states = states_of(weights, ids, types, recipe.dropout)
        cue_logits = head(weights, "cue", states)
        loss = F.cross_entropy(cue_logits.flatten(0, 1), tags.flatten(), ignore_index=IGNORED)
        running["cue"].append(loss.item())
        around, span_tags = around_cues(golds, windows, cue_logits, recipe, random.Random(f"{recipe.seed} {at}"))
        if around:
            out = span_logits(weights, states, around, recipe.dropout)
            of_spans = F.cross_entropy(out.flatten(0, 1), span_tags.flatten(), ignore_index=IGNORED)
            running["spans"].append(of_spans.item())
            # As many words see a cue as a source or a content: the rarer cue counts for more.
            loss = 3 * loss + of_spans
        loss.backward()
        trained = [group["params"][0] for group in optimiser.param_groups if group["params"][0].grad is not None]
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        tokens += ids.numel()
        if (at + 1) % 50 == 0:
            losses = {name: round(sum(values) / len(values), 4) for name, values in running.items()}
            print(f"{at + 1}/{len(steps)} {losses} {tokens / (time.time() - since):.0f} tokens/s", flush=True)
            running, tokens, since = defaultdict(list), 0, time.time()
        if at + 1 == len(steps) or steps[at + 1][0] != epoch or (at + 1) % arguments.checkpoint_every == 0:
            checkpoints.keep(at + 1)


# --- reading a text with the weights --------------------------------------------------------------


def best_path(scores, allowed):
    """Viterbi over (tokens, tags) log probabilities; `allowed[a][b]`: b may follow a."""
    tokens, tags = scores.shape
    total, back = scores[0].copy(), np.zeros((tokens, tags), dtype=int)
    total[[tag for tag in range(tags) if not allowed[0][tag]]] = -np.inf
    for at in range(1, tokens):
        steps = np.where(allowed, total[:, None], -np.inf)
        back[at] = steps.argmax(0)
        total = steps.max(0) + scores[at]
    path = [int(total.argmax())]
    for at in range(tokens - 1, 0, -1):
        path.append(int(back[at][path[-1]]))
    return path[::-1]


CUE_STEPS = np.array([[True, True, False], [True, True, True], [True, True, True]])
# An inner tag follows its own first or inner tag.
SPAN_STEPS = np.array([[tag in (0, 1, 3) or before in (tag - 1, tag) for tag in range(5)] for before in range(5)])


def runs(path, first):
    """Ranges of one kind in a path of tags: `first` begins one, `first` + 1 goes on."""
    out = []
    for at, tag in enumerate(path):
        if tag == first:
            out.append([at, at + 1])
        elif tag == first + 1 and out and out[-1][1] == at:
            out[-1][1] = at + 1
    return out


@torch.inference_mode()
def attributions(weights, document, cue_bias, margin=40):
    """(cue, sources, contents, probability of the cue, of the spans) of each attribution, in tokens.
    `cue_bias` is added to the log probability of no cue: below 0, more cues are found."""
    found = []
    begin, total = 0, len(document.ids)
    while begin < total:
        core_end = min(begin + WINDOW - 2 * margin, total)
        start, stop = max(0, begin - margin), min(total, core_end + margin)
        ids = torch.tensor([[101, *document.ids[start:stop], 102]])
        types = torch.tensor([[0, *document.types[start:stop], 0]])
        states = states_of(weights, ids, types)
        likely = torch.log_softmax(head(weights, "cue", states), -1)[0, 1:-1].numpy()
        words = np.flatnonzero(document.words[start:stop])
        scores = likely[words].copy()
        scores[:, 0] += cue_bias
        for first, last in runs(best_path(scores, CUE_STEPS), 1):
            cue = (start + words[first], start + words[last - 1] + 1)
            if not begin <= cue[0] < core_end:
                continue
            low, high = max(start, cue[0] - BEFORE), min(stop, cue[1] + AFTER)
            around = [(0, low - start + 1, high - start + 1, cue[0] - start + 1, cue[1] - start + 1)]
            out = torch.log_softmax(span_logits(weights, states, around), -1)[0].numpy()
            of_words = np.flatnonzero(document.words[low:high])
            path = best_path(out[of_words], SPAN_STEPS)
            kinds = []
            for kind in (1, 3):
                kinds.append([(low + of_words[a], low + of_words[b - 1] + 1) for a, b in runs(path, kind)])
            p_cue = float(np.exp(likely[words[first], 1]))
            p_spans = float(np.exp(np.mean([out[token][tag] for token, tag in zip(of_words, path) if tag])) if any(path) else 0)
            found.append((cue, kinds[0], kinds[1], p_cue, p_spans))
        begin = core_end
    return found


def span_of(document, tokens):
    """The characters from the first of the tokens to the end of the last one's word."""
    end = tokens[1]
    while end < len(document.ids) and not document.words[end] and document.ends[end] > document.starts[end]:
        end += 1
    return int(document.starts[tokens[0]]), int(document.ends[end - 1])


def bias_of(model):
    return json.loads((Path(model) / "config.json").read_text(encoding="utf-8")).get("cue_bias", 0.0)


def tag(arguments):
    out = Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    if arguments.work:
        weights = torch.load(Path(arguments.work) / "state.pt", weights_only=True)["weights"]
    else:
        weights = load_weights(arguments.model)
    tokenizer = open_tokenizer(arguments.model)
    cue_bias = bias_of(arguments.model) if arguments.cue_bias is None else arguments.cue_bias
    for path in sorted(Path(arguments.texts).glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        document = read(tokenizer, text)
        quotes = []
        for cue, sources, contents, p_cue, p_spans in attributions(weights, document, cue_bias):
            if not contents:
                continue

            def span(tokens):
                start, end = span_of(document, tokens)
                return {"start": start, "end": end, "text": text[start:end]}

            quotes.append(
                {
                    "cue": span(cue),
                    "sources": [span(one) for one in sources],
                    "contents": [span(one) for one in contents],
                    "coreferences": [],
                    "confidence": p_cue * p_spans,
                    "speaker": None,
                    "type": "indirect",
                }
            )
        write_json(out / f"{path.stem}.json", {"text": text, "quotes": quotes})


def export(arguments):
    saved = torch.load(Path(arguments.work) / "state.pt", weights_only=True)
    small = quantised({name: tensor.contiguous() for name, tensor in sorted(saved["weights"].items())})
    out = Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    save_file(small, out / "model.int8.safetensors", metadata={"format": "pt"})
    config = json.loads((Path(arguments.base) / "config.json").read_text(encoding="utf-8"))
    config = {key: config[key] for key in config if not key.startswith("_")} | {
        "architectures": ["AttributionTagger"],
        "type_vocab_size": 6,
        "window": WINDOW,
        "cue_bias": arguments.cue_bias,
        "around": {"layers": CUE_LAYERS, "before": BEFORE, "after": AFTER, "exact": 8, "steps": list(STEPS)},
        "heads": {"cue": CUE_TAGS, "spans": SPAN_TAGS},
    }
    write_json(out / "config.json", config)
    (out / "tokenizer.json").write_bytes((Path(arguments.base) / "tokenizer.json").read_bytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for command, run in (("train", train), ("export", export), ("tag", tag)):
        sub = commands.add_parser(command)
        sub.set_defaults(run=run)
        sub.add_argument("--threads", type=int, default=2)
        sub.add_argument("--work", required=command != "tag", help="where checkpoints lie")
        if command == "train":
            sub.add_argument("--data", required=True, help="the folder with train.jsonl")
            sub.add_argument("--fraction", type=float, default=1.0, help="of the documents")
            sub.add_argument("--epochs", type=int, default=3)
            sub.add_argument("--seed", type=int, default=7)
            sub.add_argument("--checkpoint-every", type=int, default=100, metavar="STEPS")
        if command != "tag":
            sub.add_argument("--base", required=True, help="all-MiniLM-L6-v2: model.safetensors, config, tokenizer")
        if command == "export":
            sub.add_argument("--out", required=True, help="for the int8 form")
            sub.add_argument("--cue-bias", type=float, default=0.0, help="chosen on dev; see `attributions`")
        if command == "tag":
            sub.add_argument("--model", required=True, help="an exported folder (the tokenizer, with --work)")
            sub.add_argument("--texts", required=True, help="a folder of .txt")
            sub.add_argument("--out", required=True, help="for Citron JSON")
            sub.add_argument("--cue-bias", type=float, help="instead of the model's own")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.run(arguments)


if __name__ == "__main__":
    main()
