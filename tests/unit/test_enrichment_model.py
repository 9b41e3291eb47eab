"""The enrichment model: known texts, and that no text can break it. Real libraries, no services."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crm.contracts import contracts
from crm.settings import ROOT
from speed_layer.enrichment import model


@pytest.mark.parametrize(
    ("text", "language", "label"),
    [
        ("Great product, fast delivery, I love it", "en", "positive"),
        ("Terrible customer service, never again", "en", "negative"),
        ("The parcel is blue and arrived on Tuesday", "en", "neutral"),
        ("This is not good", "en", "negative"),
        ("Muito bom, gostei do produto e da entrega", "pt", "positive"),
        ("Produto horrível, veio quebrado", "pt", "negative"),
        ("O pacote chegou na terça", "pt", "neutral"),
        ("质量很好，很喜欢，下次还会买", "zh", "positive"),
        ("太差了，质量很差，再也不买了", "zh", "negative"),
        ("什么时候发货", "zh", "neutral"),
        ("第一行很好\n第二行也很喜欢，质量不错", "zh", "positive"),
        ("El producto llegó roto y nadie contesta", "es", "none"),
        ("とても良い商品です", "ja", "none"),
        ("很好 very good product, many thanks for the fast delivery", "en", "positive"),
        ("😊😊", None, "positive"),
        (":-(", None, "negative"),
        ("12345", None, "neutral"),
    ],
)
def test_known_texts(text: str, language: str | None, label: str) -> None:
    said = model.enrich(text)
    assert (said.language, said.label) == (language, label), said


@pytest.mark.parametrize("text", [None, "", " ", "\n\t\u3000 \u00a0"])
def test_no_text_is_none(text: str | None) -> None:
    assert model.enrich(text) == model.Enrichment(None, 0.0, "none")


def valid(said: model.Enrichment) -> None:
    """Holds a result against the contract, which both layers hold it against."""
    columns = contracts()["feedback_enriched"]
    assert said.label in columns.column("sentiment_label").allowed
    assert -1 <= said.sentiment <= 1 and round(said.sentiment, 3) == said.sentiment
    assert said.language is None or re.fullmatch("[a-z]{2}", said.language)
    if said.label in ("none", "failed"):
        assert said.sentiment == 0
    else:
        assert said.label == model.label(said.language, said.sentiment)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(), max_size=200) | st.text("好坏很不goodbad não bom😀👍 \n.!?", max_size=200))
@example("\ud800")
@example("\x00" * 50)
@example("a" * 20_000)
@example("好" * 20_000)
@example("good bad " * 2_000)
@example("😀" * 20_000)
def test_any_text_gives_valid_fields(text: str) -> None:
    """Also lone surrogates, control characters and texts of the contract's greatest length."""
    valid(model.enrich(text))


def test_a_broken_library_fails_one_text_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Panic(BaseException):
        """As pyo3 raises where Rust panics: no Exception."""

    def broken(text: str) -> float:
        if "bomb" in text:
            raise Panic
        return 0.9

    monkeypatch.setattr(model, "_scorers", lambda: {"en": broken})
    assert model.enrich("This is a bomb of a product") == model.Enrichment("en", 0.0, "failed")
    assert model.enrich("This is a very good product").label == "positive"


def test_the_model_is_named_with_its_versions() -> None:
    column = contracts()["feedback_enriched"].column("enrichment_model")
    assert column.max_length is not None and len(model.name()) <= column.max_length
    for line in (ROOT / "requirements" / "enrichment.in").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            assert line.replace("==", " ") in model.name()


def test_both_environments_have_the_same_model() -> None:
    """What the unit tests and the accuracy figures are of is what the job runs."""

    def locked(lock: Path) -> dict[str, str]:
        pins = dict(re.findall(r"^([\w-]+)==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE))
        return {package: pins[package.lower()] for package in (*model.PACKAGES, "jieba")}

    assert locked(ROOT / "requirements" / "core.txt") == locked(ROOT / "requirements" / "flink.txt")
