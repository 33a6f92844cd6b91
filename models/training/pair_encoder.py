"""Fine-tunes all-MiniLM-L6-v2 to read a text and a claim together.

    python models/training/pair_encoder.py train    --base DIR --data ../shared/data --work DIR
    python models/training/pair_encoder.py export   --base DIR --data ../shared/data --work DIR --out DIR
    python models/training/pair_encoder.py evaluate --data ../shared/data --model DIR [--baselines]

One body, two heads, both on the pooled first token:

- `classifier`: (text, claim) is support, oppose or neutral;
- `directed`: (sentence with its holder in [brackets] and its target in {braces}, "HOLDER toward
  TARGET") is one of five classes of who holds what toward whom.

`train` can be stopped at any time and goes on from its last checkpoint. The weights are a table of
tensors under the names that BertForSequenceClassification gives them, and so is what is exported;
the int8 form is described at `quantised`. Dev is read by `evaluate` (and once an epoch, to watch);
rows of train that share a text or a claim with dev are taken out first.
"""

import argparse
import csv
import dataclasses
import json
import math
import random
import re
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from checkpoints import Checkpoints
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

LABELS = ["support", "oppose", "neutral"]
DIRECTED = ["neutral", "positive p->q", "negative p->q", "positive q->p", "negative q->p"]
SUPPORT, OPPOSE, NEUTRAL = range(3)
# What `p` feels for `q` is what `q` feels for `p` once their names are exchanged.
EXCHANGED = [0, 3, 4, 1, 2]

HERE = Path(__file__).resolve().parent
MAX_TOKENS = 96
HEADS = 12
LAYERS = 6
# What is measured on dev.
SETS = ("perspectrum", "argkp", "nli", "directed", "alliance")


# --- rows -----------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Pair:
    text: str
    claim: str
    label: int
    set: str  # nli, perspectrum, argkp, keypoints, directed
    group: str  # what must not be on both sides of a split: the claim, or the text

    @property
    def head(self):
        return "directed" if self.set == "directed" else "classifier"


def table(path):
    with open(path, encoding="utf-8") as lines:
        columns = next(lines).rstrip("\n").split("\t")
        return [dict(zip(columns, line.rstrip("\n").split("\t"), strict=True)) for line in lines]


def directed_pair(row, exchange=False):
    """The sentence as the model reads it: [holder], {target}, whichever of them comes first."""
    p, q, text, label = row["p"], row["q"], row["text"], DIRECTED.index(row["class"])
    at_p, at_q = text.find(f"[{p}]"), text.rfind(f"[{q}]")
    if at_p < 0 or at_q < 0 or at_p == at_q:
        return None
    target, name = (at_p, p) if exchange else (at_q, q)
    end = target + len(name) + 1
    text = text[:target] + "{" + text[target + 1 : end] + "}" + text[end + 1 :]
    holder, toward = (q, p) if exchange else (p, q)
    bare = lambda entity: re.sub(r"['’]s?$", "", entity)
    return Pair(
        text, f"{bare(holder)} toward {bare(toward)}", EXCHANGED[label] if exchange else label, "directed", row["text"]
    )


def read(data, split):
    """All pairs of a split by the name of their set."""
    of_split = lambda name: [row for row in table(Path(data) / name) if row["split"] == split]
    pairs = {
        name: [
            Pair(row["text"], row["target"], LABELS.index(row["label"]), name, row["text" if name == "nli" else "target"])
            for row in of_split(f"pairs/{name}.tsv")
        ]
        for name in ("nli", "perspectrum", "argkp")
    }
    pairs["alliance"] = scheme_pairs(split)
    pairs["keypoints"] = keypoint_pairs(of_split("pairs/keypoints.tsv"))
    pairs["directed"] = [pair for row in of_split("directed/directed.tsv") if (pair := directed_pair(row))]
    if split == "train":
        exchanged = (directed_pair(row, exchange=True) for row in of_split("directed/directed.tsv"))
        pairs["exchanged"] = [pair for pair in exchanged if pair]
    return pairs


def scheme_pairs(split):
    """Labelled texts of the scheme `alliance` with claims that say what their label says or denies.

    A text supports what a holder of its label endorses and opposes what she rejects; pro-alliance
    and skeptic texts oppose what the other endorses and support what the other rejects; a text that
    takes no side is neutral to all. Other pairs (does a text on a danger oppose the partnership?)
    have no certain answer and are left out."""
    claims = json.loads((HERE / "alliance_claims.json").read_text(encoding="utf-8"))
    with open(HERE / ("alliance.csv" if split == "train" else "alliance_topics.csv"), encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row.get("split", split) == split]
    other = {"pro-alliance": "skeptic", "skeptic": "pro-alliance"}
    pairs = []
    for row in rows:
        a, _, b = row["target"].partition("–")
        named = bool(a and b) and split == "train"
        for holder, sides in claims.items():
            for side, label in (("endorses", SUPPORT), ("rejects", OPPOSE)):
                if row["label"] == "none":
                    label = NEUTRAL
                elif other.get(row["label"]) == holder:
                    label = OPPOSE if side == "endorses" else SUPPORT
                elif row["label"] != holder:
                    continue
                for claim in sides[side]:
                    if named or "{" not in claim:
                        claim = claim.replace("{a}", a).replace("{b}", b)
                        pairs.append(Pair(row["text"], claim, label, "alliance", row["text"]))
    return pairs


def keypoint_pairs(rows):
    """An argument supports the key point it matches; a key point of the other side it opposes; one
    of its own side that it does not match is neutral to it. (The set pairs one side only.)"""
    sides = defaultdict(set)
    for row in rows:
        sides[row["topic"], row["stance"]].add(row["key_point"])
    pairs, seen = [], set()
    for row in rows:
        argument, topic = row["argument"], row["topic"]
        label = SUPPORT if row["match"] == "1" else NEUTRAL
        pairs.append(Pair(argument, row["key_point"], label, "keypoints", topic))
        if argument not in seen:
            seen.add(argument)
            other = sides[topic, "1" if row["stance"] == "-1" else "-1"]
            pairs += [Pair(argument, point, OPPOSE, "keypoints", topic) for point in sorted(other)]
    return pairs


# --- nothing of dev in train ----------------------------------------------------------------------


def plain(text):
    return " ".join(re.findall(r"\w+", text.casefold()))


FUNCTION_WORDS = set(
    "we should be a an the to of in is are for and on it that this must not would will can as by with from at or do"
    " does has have more than all".split()
)


def content_words(claim):
    stems = (re.sub(r"(isation|ization|i[sz](ed|es|ing|e)|ing|ed|es|s|e)$", "", word) for word in plain(claim).split()
             if word not in FUNCTION_WORDS)
    return frozenset(stems)


def alike(one, other):
    return bool(one and other) and len(one & other) >= 0.5 * len(one | other)


def without_dev(train, dev):
    """`train` without rows that share a text, a claim, or (debates) a like claim with any of `dev`;
    and how many went, by set and reason."""
    debates = ("perspectrum", "argkp", "keypoints")
    texts = {plain(side) for pairs in dev.values() for pair in pairs for side in (pair.text, pair.claim)}
    motions = [content_words(claim) for claim in sorted({pair.group for name in debates for pair in dev[name]})]
    like_dev = {
        claim
        for claim in {pair.group for name in debates for pair in train[name]}
        if any(alike(content_words(claim), motion) for motion in motions)
    }
    kept, removed = {}, Counter()
    for name, pairs in train.items():
        kept[name], seen = [], set()
        for pair in pairs:
            if plain(pair.text) in texts:
                reason = "text in dev"
            elif plain(pair.claim) in texts and pair.head == "classifier" and name != "alliance":
                reason = "claim in dev"
            elif name in debates and pair.group in like_dev:
                reason = "claim like one of dev"
            elif (pair.text, pair.claim) in seen:
                reason = "twice in train"
            else:
                seen.add((pair.text, pair.claim))
                kept[name].append(pair)
                continue
            removed[name, reason] += 1
    return kept, removed


# --- what an epoch is made of ---------------------------------------------------------------------

NEGATIONS = [
    (re.compile(r"\bcannot\b"), "can"),
    (re.compile(r"\b(should|must|can|could|will|would|is|are|was|were) not\b"), r"\1"),
    (re.compile(r"\b(should|must|can|could|will|would)\b", re.I), r"\1 not"),
    (re.compile(r"\b(is|are|was|were)\b"), r"\1 not"),
]


def negated(claim):
    """The opposite claim, or None where no verb shows how to say it."""
    for pattern, replacement in NEGATIONS:
        if len(pattern.findall(claim)) == 1:
            return pattern.sub(replacement, claim)
    return None


def varied(pair, claims, rng, recipe):
    """A debate pair as it is, against the negated claim, or (neutral) against another's claim."""
    draw = rng.random()
    if draw < recipe.negate and (claim := negated(pair.claim)):
        return dataclasses.replace(pair, claim=claim, label=OPPOSE if pair.label == SUPPORT else SUPPORT)
    if draw > 1 - recipe.unrelated:
        other = rng.choice(claims)
        if not content_words(other) & content_words(pair.claim):
            return dataclasses.replace(pair, claim=other, label=NEUTRAL)
    return pair


@dataclasses.dataclass(frozen=True)
class Recipe:
    """What decides the weights, besides the data."""

    seed: int = 7
    # For each epoch, the share of each set that is drawn; above 1, rows come more than once.
    epochs: tuple = ()
    rate: float = 1e-4
    head_rate: float = 5e-4
    layer_decay: float = 0.9  # the rate of a layer is that of the layer above times this
    warm_up: float = 0.06
    batch: int = 32
    dropout: float = 0.1
    smoothing: float = 0.05
    weight_decay: float = 0.01
    negate: float = 0.25
    unrelated: float = 0.08
    neutral: float = 1.0  # the share of the neutral rows of directed sentiment that is kept
    fraction: float = 1.0  # of the training claims, for learning curves


RECIPES = {
    # Entailment leads while debates and directed sentiment run along; then those take over.
    "main": Recipe(
        epochs=(
            {"nli": 0.9, "perspectrum": 0.4, "argkp": 0.2, "keypoints": 0.02, "directed": 0.4},
            {"nli": 0.4, "perspectrum": 1.0, "argkp": 0.7, "keypoints": 0.03, "directed": 0.8},
        )
    ),
    # From the weights of `main`: what it was short of, neutral directed rows thinned.
    "more": Recipe(
        epochs=({"nli": 0.07, "perspectrum": 0.3, "argkp": 0.85, "directed": 0.6},),
        rate=8e-5,
        head_rate=3e-4,
        neutral=0.3,
    ),
    # From the weights of `more`: the scheme `alliance`, with enough of the rest not to forget it.
    "scheme": Recipe(
        epochs=({"alliance": 0.45, "nli": 0.05, "perspectrum": 0.15, "argkp": 0.25, "directed": 0.1},) * 2,
        rate=8e-5,
        head_rate=3e-4,
        neutral=0.3,
    ),
}


def epoch_pairs(train, shares, recipe, epoch):
    rng = random.Random(f"{recipe.seed} {epoch}")
    drawn = []
    for name, share in shares.items():
        source = train[name]
        if name == "directed":
            source = [rng.choice(both) for both in zip(source, train["exchanged"], strict=True)]
            source = [pair for pair in source if pair.label != 0 or rng.random() < recipe.neutral]
        count = round(share * len(source))
        rows = source * (count // len(source)) + rng.sample(source, count % len(source))
        if name in ("perspectrum", "argkp"):
            claims = sorted({pair.claim for pair in source})
            rows = [varied(pair, claims, rng, recipe) for pair in rows]
        drawn += rows
    rng.shuffle(drawn)
    return drawn


def batches(encoded, recipe, epoch):
    """Rows of like length and one head together; the order of batches is random."""
    rng = random.Random(f"{recipe.seed} {epoch} order")
    made = []
    for head in ("classifier", "directed"):
        rows = [row for row in encoded if row.head == head]
        for start in range(0, len(rows), 40 * recipe.batch):
            pool = sorted(rows[start : start + 40 * recipe.batch], key=lambda row: len(row.ids))
            made += [pool[at : at + recipe.batch] for at in range(0, len(pool), recipe.batch)]
    rng.shuffle(made)
    return made


# --- tokens ---------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Encoded:
    ids: list
    types: list
    label: int
    head: str


def encode(tokenizer, pairs):
    encodings = tokenizer.encode_batch([(pair.text, pair.claim) for pair in pairs])
    return [Encoded(e.ids, e.type_ids, p.label, p.head) for e, p in zip(encodings, pairs, strict=True)]


def open_tokenizer(folder):
    tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
    return tokenizer


def collate(rows):
    longest = max(len(row.ids) for row in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    types, mask = torch.zeros_like(ids), torch.zeros(len(rows), longest, dtype=torch.bool)
    for at, row in enumerate(rows):
        length = len(row.ids)
        ids[at, :length] = torch.tensor(row.ids)
        types[at, :length] = torch.tensor(row.types)
        mask[at, :length] = True
    return ids, types, mask, torch.tensor([row.label for row in rows])


# --- the network ----------------------------------------------------------------------------------


def starting_weights(base, seed):
    """MiniLM's tensors under the names of BertForSequenceClassification, and two new heads."""
    generator = torch.Generator().manual_seed(seed)
    weights = {
        f"bert.{name}": tensor.float()
        for name, tensor in load_file(Path(base) / "model.safetensors").items()
        if not name.endswith("position_ids")
    }
    for head, labels in (("classifier", LABELS), ("directed", DIRECTED)):
        weights[f"{head}.weight"] = torch.randn(len(labels), 384, generator=generator) * 0.02
        weights[f"{head}.bias"] = torch.zeros(len(labels))
    return weights


def encoder_layer(weights, layer, x, attend, drop=lambda x: x):
    """BERT's layer of the name `layer`. Shapes: x (rows, tokens, width), attend (rows, 1, tokens, tokens)."""
    linear = lambda name, x: F.linear(x, weights[f"{layer}.{name}.weight"], weights[f"{layer}.{name}.bias"])
    norm = lambda name, x: F.layer_norm(
        x, (x.shape[-1],), weights[f"{layer}.{name}.weight"], weights[f"{layer}.{name}.bias"], 1e-12
    )
    rows, tokens, _ = x.shape
    query, key, value = (
        linear(f"attention.self.{part}", x).view(rows, tokens, HEADS, -1).transpose(1, 2)
        for part in ("query", "key", "value")
    )
    context = F.scaled_dot_product_attention(query, key, value, attn_mask=attend)
    context = context.transpose(1, 2).reshape(rows, tokens, -1)
    x = norm("attention.output.LayerNorm", x + drop(linear("attention.output.dense", context)))
    inner = F.gelu(linear("intermediate.dense", x))
    return norm("output.LayerNorm", x + drop(linear("output.dense", inner)))


def logits(weights, head, ids, types, mask, dropout=0.0):
    """BERT with a tanh pooler over the first token. Shapes: ids, types, mask (rows, tokens)."""
    drop = lambda x: F.dropout(x, dropout, training=dropout > 0)
    linear = lambda name, x: F.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])
    norm = lambda name, x: F.layer_norm(x, (x.shape[-1],), weights[f"{name}.weight"], weights[f"{name}.bias"], 1e-12)

    rows, tokens = ids.shape
    table_of = lambda name: weights[f"bert.embeddings.{name}_embeddings.weight"]
    x = F.embedding(ids, table_of("word")) + table_of("position")[:tokens] + F.embedding(types, table_of("token_type"))
    x = drop(norm("bert.embeddings.LayerNorm", x))
    attend = mask[:, None, None, :].expand(rows, 1, tokens, tokens)
    for at in range(LAYERS):
        x = encoder_layer(weights, f"bert.encoder.layer.{at}", x, attend, drop)
    return linear(head, drop(torch.tanh(linear("bert.pooler.dense", x[:, 0]))))


@torch.inference_mode()
def predict(weights, encoded):
    """Logits of each row, in the rows' order; all rows are of one head."""
    order = sorted(range(len(encoded)), key=lambda at: len(encoded[at].ids))
    out = [None] * len(encoded)
    for start in range(0, len(order), 64):
        part = order[start : start + 64]
        rows = [encoded[at] for at in part]
        ids, types, mask, _ = collate(rows)
        for at, row in zip(part, logits(weights, rows[0].head, ids, types, mask).numpy(), strict=True):
            out[at] = row
    return np.array(out)


# --- training -------------------------------------------------------------------------------------


def groups_of(weights, recipe):
    """The tensors to train, each with its own rate. Word vectors stay as they are: most words of a
    text at run time are not in the training set, and must stay where their neighbours are."""
    groups = []
    for name, tensor in weights.items():
        if "word_embeddings" in name or "position_embeddings" in name:
            continue
        layer = re.search(r"layer\.(\d)\.", name)
        if name.startswith(("classifier", "directed")):
            rate = recipe.head_rate
        elif layer:
            rate = recipe.rate * recipe.layer_decay ** (LAYERS - 1 - int(layer[1]))
        elif "pooler" in name:
            rate = recipe.rate
        else:
            rate = recipe.rate * recipe.layer_decay**LAYERS
        decay = recipe.weight_decay if tensor.dim() == 2 else 0.0
        groups.append({"params": [tensor.requires_grad_()], "lr": rate, "peak": rate, "weight_decay": decay})
    return groups


def thinned(train, recipe):
    """A share of the training claims (texts, where claims are not shared), for learning curves."""
    if recipe.fraction == 1:
        return train
    keep = lambda pair: random.Random(f"{recipe.seed} {pair.group}").random() < recipe.fraction
    return {name: [pair for pair in pairs if keep(pair)] for name, pairs in train.items()}


def train(arguments):
    recipe = dataclasses.replace(RECIPES[arguments.recipe], fraction=arguments.fraction, seed=arguments.seed)
    work = Path(arguments.work)
    work.mkdir(parents=True, exist_ok=True)
    tokenizer = open_tokenizer(arguments.base)
    dev = read(arguments.data, "dev")
    pairs, removed = without_dev(read(arguments.data, "train"), dev)
    for (name, reason), count in sorted(removed.items()):
        print(f"removed from train: {name}: {reason}: {count}")
    pairs = thinned(pairs, recipe)
    print("train rows:", {name: len(rows) for name, rows in pairs.items()})
    drawn = [epoch_pairs(pairs, shares, recipe, epoch) for epoch, shares in enumerate(recipe.epochs)]
    made = [batches(encode(tokenizer, rows), recipe, epoch) for epoch, rows in enumerate(drawn)]
    steps = [(epoch, rows) for epoch, epoch_batches in enumerate(made) for rows in epoch_batches]
    print("steps:", [len(epoch) for epoch in made], flush=True)

    torch.manual_seed(recipe.seed)
    weights = load_weights(arguments.init) if arguments.init else starting_weights(arguments.base, recipe.seed)
    optimiser = torch.optim.AdamW(groups_of(weights, recipe), betas=(0.9, 0.98), eps=1e-6)
    checkpoints = Checkpoints(work, recipe, weights, optimiser)
    done = checkpoints.resume()

    watched = {name: encode(tokenizer, dev[name]) for name in SETS}
    warm = max(1, round(recipe.warm_up * len(steps)))
    running, tokens, since = defaultdict(list), 0, time.time()
    for at in range(done, len(steps)):
        epoch, rows = steps[at]
        scale = min((at + 1) / warm, (len(steps) - at) / (len(steps) - warm))
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * scale
        ids, types, mask, labels = collate(rows)
        out = logits(weights, rows[0].head, ids, types, mask, recipe.dropout)
        loss = F.cross_entropy(out, labels, label_smoothing=recipe.smoothing)
        loss.backward()
        trained = [group["params"][0] for group in optimiser.param_groups if group["params"][0].grad is not None]
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        running[rows[0].head].append(loss.item())
        tokens += ids.numel()
        if (at + 1) % 50 == 0:
            losses = {head: round(sum(values) / len(values), 3) for head, values in running.items()}
            print(f"{at + 1}/{len(steps)} {losses} {tokens / (time.time() - since):.0f} tokens/s", flush=True)
            running, tokens, since = defaultdict(list), 0, time.time()
        ends_epoch = at + 1 == len(steps) or steps[at + 1][0] != epoch
        if ends_epoch or (at + 1) % arguments.checkpoint_every == 0:
            checkpoints.keep(at + 1)
        if ends_epoch:
            scores = {
                name: score(name, predict(weights, encoded), [row.label for row in encoded])
                for name, encoded in watched.items()
            }
            print(f"epoch {epoch + 1}: dev", {name: round(value, 4) for name, value in scores.items()}, flush=True)
            since = time.time()


# --- measures -------------------------------------------------------------------------------------


def macro_f1(predicted, gold, classes):
    scores = []
    for label in range(classes):
        hits = np.sum((predicted == label) & (gold == label))
        scores.append(2 * hits / max(1, np.sum(predicted == label) + np.sum(gold == label)))
    return float(np.mean(scores))


def choices(name, out):
    """Sets of two classes are decided between those two: nothing in them is neutral."""
    return out[:, :2] if name in ("perspectrum", "argkp") else out


def score(name, out, gold):
    """Accuracy for entailment, else macro-F1."""
    out, gold = choices(name, np.asarray(out)), np.asarray(gold)
    predicted = out.argmax(1)
    return float(np.mean(predicted == gold)) if name == "nli" else macro_f1(predicted, gold, out.shape[1])


def softmax(out):
    powers = np.exp(out - out.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def calibration_error(probabilities, gold, bins=15):
    """Expected calibration error of the chosen class, over bins of equal width."""
    confidence, right = probabilities.max(1), probabilities.argmax(1) == gold
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(np.sum(right[bin_of == at]) - np.sum(confidence[bin_of == at])) for at in range(bins)]
    return float(sum(gaps) / len(gold))


def temperature(out, gold):
    """The temperature of least log loss, by golden section on its logarithm."""
    loss = lambda log_t: -np.mean(np.log(softmax(out / math.exp(log_t))[np.arange(len(gold)), gold] + 1e-12))
    low, high, ratio = math.log(0.2), math.log(10), (math.sqrt(5) - 1) / 2
    while high - low > 1e-4:
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return math.exp((low + high) / 2)


def scaled_by_halves(out, gold, groups):
    """Probabilities of each half of the groups at the temperature of the other half, so that none is
    fitted on a row it is measured on."""
    shuffled = sorted(set(groups))
    random.Random(7).shuffle(shuffled)
    half_of_groups = set(shuffled[: len(shuffled) // 2])
    first = np.array([group in half_of_groups for group in groups])
    probabilities = np.zeros_like(out)
    for half in (first, ~first):
        probabilities[half] = softmax(out[half] / temperature(out[~half], gold[~half]))
    return probabilities


def baselines(train_pairs, dev_pairs, name):
    """Majority class, and logistic regression on TF-IDF of text and claim."""
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    gold = np.array([pair.label for pair in train_pairs])
    columns = []
    for side in ("text", "claim"):
        words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
        fitted = words.fit_transform([getattr(pair, side) for pair in train_pairs])
        columns.append((fitted, words.transform([getattr(pair, side) for pair in dev_pairs])))
    model = LogisticRegression(max_iter=1000, class_weight="balanced")
    model.fit(hstack([fitted for fitted, _ in columns]).tocsr(), gold)
    chosen = model.predict(hstack([dev for _, dev in columns]).tocsr())
    width = len(DIRECTED) if name == "directed" else len(LABELS)
    majority = np.full(len(dev_pairs), Counter(gold).most_common(1)[0][0])
    labels = [pair.label for pair in dev_pairs]
    return score(name, np.eye(width)[majority], labels), score(name, np.eye(width)[chosen], labels)


# --- what is exported -----------------------------------------------------------------------------


def quantised(weights):
    """The int8 form: a tensor NAME of two dimensions becomes NAME (int8, the same shape) and
    NAME.scale (fp32, one for each row): row r of the weights is NAME[r] * NAME.scale[r]. Tensors of
    one dimension stay fp32. No zero points; values lie in -127..127."""
    out = {}
    for name, tensor in weights.items():
        if tensor.dim() == 2:
            scale = tensor.abs().amax(1).clamp_min(1e-12) / 127
            out[name] = torch.round(tensor / scale[:, None]).to(torch.int8)
            out[f"{name}.scale"] = scale
        else:
            out[name] = tensor
    return out


def dequantised(stored):
    return {
        name: tensor.float() * stored[f"{name}.scale"][:, None] if tensor.dtype == torch.int8 else tensor
        for name, tensor in stored.items()
        if not name.endswith(".scale")
    }


def load_weights(folder):
    """An exported folder's weights, the int8 form if it has it."""
    small = Path(folder) / "model.int8.safetensors"
    return dequantised(load_file(small)) if small.exists() else load_file(Path(folder) / "model.safetensors")


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def export(arguments):
    """Into OUT the int8 form and what a reader of it needs; into OUT/fp32 the ordinary layout."""
    saved = torch.load(Path(arguments.work) / "state.pt", weights_only=True)
    weights = {name: tensor.contiguous() for name, tensor in sorted(saved["weights"].items())}
    if arguments.average:
        # Between the weights before and after a further task lie some that keep most of both
        # (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
        before, share = load_weights(arguments.average), arguments.share
        weights = {name: share * tensor + (1 - share) * before[name] for name, tensor in weights.items()}
    out = Path(arguments.out)
    config = json.loads((Path(arguments.base) / "config.json").read_text(encoding="utf-8"))
    config = {key: config[key] for key in config if not key.startswith("_")} | {
        "architectures": ["BertForSequenceClassification"],
        "id2label": dict(enumerate(LABELS)),
        "label2id": {label: at for at, label in enumerate(LABELS)},
        "max_tokens": MAX_TOKENS,
        "heads": {"classifier": LABELS, "directed": DIRECTED},
    }
    tokenizer = open_tokenizer(arguments.base)
    dev = read(arguments.data, "dev")
    small = quantised(weights)
    config["temperature"] = {
        name: round(temperature(choices(name, out_), np.array(gold)), 4)
        for name, out_, gold in dev_logits(dequantised(small), tokenizer, dev)
    }
    for folder, name, tensors in ((out, "model.int8.safetensors", small), (Path(arguments.full), "model.safetensors", weights)):
        folder.mkdir(parents=True, exist_ok=True)
        save_file(tensors, folder / name, metadata={"format": "pt"})
        write_json(folder / "config.json", config)
        (folder / "tokenizer.json").write_bytes((Path(arguments.base) / "tokenizer.json").read_bytes())


def dev_logits(weights, tokenizer, dev):
    for name in SETS:
        yield name, predict(weights, encode(tokenizer, dev[name])), [pair.label for pair in dev[name]]


def evaluate(arguments):
    """Prints the table of docs/RESULTS.md: dev figures of the weights as they are committed."""
    weights, tokenizer = load_weights(arguments.model), open_tokenizer(arguments.model)
    dev = read(arguments.data, "dev")
    train_pairs = without_dev(read(arguments.data, "train"), dev)[0] if arguments.baselines else None
    print("| dev of | measure | rows | majority | TF-IDF | pair encoder | ECE raw | ECE scaled |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, out, gold in dev_logits(weights, tokenizer, dev):
        gold, two = np.array(gold), choices(name, out)
        raw = calibration_error(softmax(two), gold)
        scaled = calibration_error(scaled_by_halves(two, gold, [pair.group for pair in dev[name]]), gold)
        others = baselines(train_pairs[name], dev[name], name) if train_pairs else (math.nan, math.nan)
        measure = "accuracy" if name == "nli" else "macro-F1"
        figures = " | ".join(f"{value:.3f}" for value in (*others, score(name, out, gold), raw, scaled))
        print(f"| {name} | {measure} | {len(gold)} | {figures} |", flush=True)
    words = "The committee said on Tuesday that the new agreement would lower the cost of energy for most".split()
    pair = Pair(" ".join((words * 2)[:30]), "We should sign the agreement", SUPPORT, "argkp", "")
    encoded = encode(tokenizer, [pair] * 256)
    start = time.time()
    predict(weights, encoded)
    print(f"\n{256 / (time.time() - start):.0f} pairs of a 30-word text a second, {torch.get_num_threads()} threads")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for command, run in (("train", train), ("export", export), ("evaluate", evaluate)):
        sub = commands.add_parser(command)
        sub.set_defaults(run=run)
        sub.add_argument("--data", required=True, help="the folder with pairs/ and directed/")
        sub.add_argument("--threads", type=int, default=2)
        if command != "evaluate":
            sub.add_argument("--base", required=True, help="all-MiniLM-L6-v2: model.safetensors, config, tokenizer")
            sub.add_argument("--work", required=True, help="where checkpoints lie")
        if command == "train":
            sub.add_argument("--recipe", choices=sorted(RECIPES), default="main")
            sub.add_argument("--init", help="start from this exported folder instead of the base")
            sub.add_argument("--fraction", type=float, default=1.0, help="of the training claims")
            sub.add_argument("--seed", type=int, default=7)
            sub.add_argument("--checkpoint-every", type=int, default=150, metavar="STEPS")
        if command == "export":
            sub.add_argument("--out", required=True, help="for the int8 form")
            sub.add_argument("--full", required=True, help="for the fp32 form")
            sub.add_argument("--average", metavar="DIR", help="average with the weights of an exported folder")
            sub.add_argument("--share", type=float, default=0.7, help="of the new weights in that average")
        if command == "evaluate":
            sub.add_argument("--model", required=True, help="an exported folder")
            sub.add_argument("--baselines", action="store_true", help="fit the baselines as well")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.run(arguments)


if __name__ == "__main__":
    main()
