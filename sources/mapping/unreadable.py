"""Bytes of a file that are no text in its encoding: they reject their record, and what else they could be is said."""

import codecs
from collections.abc import Sequence

# The name of the handler, for `open`.
UNREADABLE = "crm-unreadable"
# What else a text may be in that is not what its mapping says.
CANDIDATES = ("utf-8", "cp1252", "mac_roman")


class Unreadable:
    """Bytes that an encoding does not know: they become lone surrogates, and are counted, so that only then records are searched."""

    count = 0

    def __init__(self, encoding: str) -> None:
        self.encoding, self._before = encoding, Unreadable.count

    @property
    def seen(self) -> bool:
        """Whether there have been any since this one was made."""
        return Unreadable.count > self._before

    @staticmethod
    def keep(error: UnicodeError) -> tuple[str, int]:
        """The handler of such bytes for Python's decoders."""
        assert isinstance(error, UnicodeDecodeError)
        Unreadable.count += 1
        return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end

    def reason(self, texts: Sequence[str]) -> str:
        """Why a record cannot be used, with what other encodings would make of it; empty where it can."""
        text = " ".join(texts)
        try:
            text.encode()
        except UnicodeEncodeError as error:
            around = text[max(error.start - 10, 0) : error.end + 10]
        else:
            return ""
        others = []
        for name in CANDIDATES if codecs.lookup(self.encoding).name == "utf-8" else ():
            try:
                others.append(f"{name} reads {around.encode(errors='surrogateescape').decode(name)!r}")
            except UnicodeError:
                continue
        return f"not {self.encoding}: say the encoding of the file{': ' if others else ''}{', '.join(others)}"


codecs.register_error(UNREADABLE, Unreadable.keep)
