"""What `make setup` makes anew."""

import re
import subprocess

import pytest

from crm.settings import ROOT


@pytest.mark.parametrize(
    ("target", "sources"),
    [
        ("var/jars/flink/.built", "speed_layer/connectors/src"),
        ("var/jars/elasticsearch/.built", "local/elasticsearch_node/src"),
    ],
)
def test_jars_are_made_of_every_file_and_of_the_folders(target: str, sources: str) -> None:
    """A resource is in the jar and in its digest; where a file was deleted, only its folder tells."""
    command = ["make", "--print-data-base", "--question", target]
    rules = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    (made_of,) = re.findall(rf"^{re.escape(target)}: (.*)$", rules, re.MULTILINE)
    wanted = {ROOT / sources, *(ROOT / sources).rglob("*")}
    assert {str(path.relative_to(ROOT)) for path in wanted} <= set(made_of.split())
