"""What the watch tells operators."""

from typing import Any

import pytest

from batch_layer import alerts, steps


@pytest.mark.parametrize(
    ("report", "told"),
    [
        ({"state": "RUNNING", "action": "none"}, None),
        ({"state": "STOPPED", "action": "running"}, None),
        ({"state": "STOPPED", "action": "resumed"}, "it was resumed. Last failure: not known"),
        ({"state": "FAILED", "action": "rebuilt", "last_failure": "no memory"}, "it was rebuilt. Last failure: no memory"),
    ],
)  # fmt: skip
def test_an_alert_is_raised_where_the_watch_had_to_act(
    report: dict[str, Any], told: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: list[str] = []
    monkeypatch.setattr(alerts, "raise_alert", lambda source, message: raised.append(message))
    assert steps._watched("speed", report) == report
    assert [told in message for message in raised] == [True] if told else not raised
