"""ClickHouse's format RowBinary, as far as Python writes it: for bytes that are no text."""


def nullable_string(value: bytes | None) -> bytes:
    """A value of Nullable(String): a mark, then the length as LEB128 and the bytes."""
    if value is None:
        return b"\x01"
    length, number = bytearray(), len(value)
    while number > 127:
        length.append(number & 127 | 128)
        number >>= 7
    length.append(number)
    return b"\x00" + bytes(length) + value
