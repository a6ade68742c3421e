"""Looks for secrets, in every form in which they may get out, in everything that a program leaves behind."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

MIN_LENGTH = 8
"""Shorter pieces of a secret are found by chance."""


def encodings(secret: str) -> Iterator[tuple[str, bytes]]:
    """Yield what a secret may look like: as it is, by halves, backwards, and encoded."""
    middle = len(secret) // 2
    for name, part in (("", secret), ("first half", secret[:middle]), ("second half", secret[middle:])):
        if len(part) >= MIN_LENGTH:
            yield name, part.encode()
            yield f"{name} backwards", part[::-1].encode()
            yield f"{name} in hex", part.encode().hex().encode()
            yield f"{name} in HEX", part.encode().hex().upper().encode()
            yield f"{name} in a URL", quote(part, safe="").encode()
            yield f"{name} in UTF-16", part.encode("utf-16-le")
            yield from _base64_encodings(name, part.encode())


def _base64_encodings(name: str, part: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what is the same in base64 wherever in a longer text the part stands."""
    for before in range(3):
        for encode in (b64encode, urlsafe_b64encode):
            text = encode(b"\0" * before + part)
            first = (0, 2, 3)[before]
            last = len(text) - (0 if (before + len(part)) % 3 == 0 else 4)
            yield f"{name} in base64", text[first:last]


class SecretScan:
    """What was found in a scenario: sinks by name, to be searched for secrets."""

    def __init__(self, **secrets: str) -> None:
        self.secrets = secrets
        self.sinks: dict[str, bytes] = {}

    def add_output(self, name: str, data: bytes | str) -> None:
        """Take what came out somewhere."""
        held = data.encode() if isinstance(data, str) else data
        self.sinks[name] = self.sinks.get(name, b"") + held

    def add_terminal(self, raw: bytes) -> None:
        """Take what a program wrote to its terminal; clipboard and title also by themselves, decoded."""
        self.add_output("terminal", raw)
        for encoded in re.findall(rb"\x1b\]52;c;([^\a\x1b]*)", raw):
            with suppress(ValueError):
                self.add_output("clipboard", b64decode(encoded))
        for title in re.findall(rb"\x1b\][012];([^\a\x1b]*)", raw):
            self.add_output("title", title)

    def add_process(self, pid: int) -> None:
        """Take what every user of the machine can see of a process."""
        for name in ("cmdline", "comm"):
            self.add_output(f"process {name}", Path(f"/proc/{pid}/{name}").read_bytes())

    def add_files(self, *roots: Path, without: Sequence[Path] = ()) -> None:
        """Take every file below some directories, and their names."""
        for root in roots:
            for path in sorted(root.rglob("*")):
                self.add_output("names of files", f"{path}\n")
                if path.is_file() and not path.is_symlink() and path not in without:
                    self.add_output(f"file {path.relative_to(root)}", path.read_bytes())

    def find_leaks(self) -> list[tuple[str, str, str]]:
        """Return each secret that was found: its name, its form, and where."""
        return [
            (name, form, sink)
            for name, secret in self.secrets.items()
            for form, pattern in encodings(secret)
            for sink, data in self.sinks.items()
            if pattern in data
        ]
