"""Make a home for the embedded Elasticsearch node of Maven's jars: `python -m local.build_elasticsearch`.

A node wants what is a module of it in folders of their own, out of its class path: the HTTP interface, and our token filters.
"""

import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

from crm.errors import CrmError
from crm.settings import ROOT
from local import javac

SOURCES = ROOT / "local" / "elasticsearch_node" / "src" / "main"
HOME = ROOT / "var" / "jars" / "elasticsearch"
LIB = HOME / "lib"
NODE = "crm-node.jar"
DESCRIPTOR = "plugin-descriptor.properties"
TRANSPORT = "transport-netty4"


def _transport(folder: Path) -> None:
    """The HTTP interface, as a module: its jars leave the class path, where the node would refuse to find them twice."""
    jars = [*LIB.glob(f"{TRANSPORT}-*.jar"), *LIB.glob("netty-*.jar")]
    main = next((jar for jar in jars if jar.name.startswith(TRANSPORT)), None)
    if main is None:
        raise CrmError(f"no {TRANSPORT} in {LIB}: run `make setup`")
    with zipfile.ZipFile(main) as archive:
        text = archive.read(f"META-INF/es-plugins/{TRANSPORT}/{DESCRIPTOR}").decode()
    # As a named Java module it would ask for Elasticsearch's modules; here all that is on one class path.
    lines = ["modulename=" if line.startswith("modulename=") else line for line in text.splitlines()]
    folder.mkdir(parents=True)
    for jar in jars:
        shutil.move(jar, folder / jar.name)
    (folder / DESCRIPTOR).write_text("\n".join([*lines, ""]), encoding="utf-8")


def _folding(folder: Path, classes: Path) -> None:
    version = next(LIB.glob("elasticsearch-[0-9]*.jar")).stem.removeprefix("elasticsearch-")
    text = (SOURCES / "resources" / DESCRIPTOR).read_text(encoding="utf-8")
    folder.mkdir(parents=True)
    javac.jar(classes, folder / "crm-folding.jar")
    (folder / DESCRIPTOR).write_text(f"{text}elasticsearch.version={version}\n", encoding="utf-8")


def build() -> Path:
    """Compile, and lay the modules out; returns the home. Raises CrmError where jars are missing or do not compile.

    Maven must have filled `lib` anew before: the modules' jars are moved out of it.
    """
    modules = HOME / "modules"
    shutil.rmtree(modules, ignore_errors=True)
    with tempfile.TemporaryDirectory() as temporary:
        classes = Path(temporary)
        jars = sorted(LIB.glob("*.jar"))
        lint = "-Xlint:all,-classfile,-processing"
        javac.compile_all("the Elasticsearch node does not compile", SOURCES / "java", jars, classes, lint)
        folding = classes / "crm" / "search" / "Folding.class"
        only = classes / "module" / "crm" / "search"
        only.mkdir(parents=True)
        shutil.move(folding, only)
        _folding(modules / "crm-folding", classes / "module")
        shutil.rmtree(classes / "module")
        javac.jar(classes, LIB / NODE)
    _transport(modules / TRANSPORT)
    return HOME


if __name__ == "__main__":
    try:
        print(build().relative_to(ROOT))
    except CrmError as error:
        sys.exit(str(error))
