"""An INI file of llama-server's presets, line by line: what is not changed stays as it was typed."""

import re

KEY = "model"
# llama.cpp common/preset.cpp, parse_ini_from_file, and Llama-macOS UserModelOverrides.swift, parse
SECTION = re.compile(r"\s*\[\s*([^]]+?)\s*\]\s*(?:[;#].*)?")
PAIR = re.compile(r"(\s*([A-Za-z_][\w.-]*)\s*=\s*)(.*?)(\s*(?:[;#].*)?)", re.ASCII)


class Presets:
    """Sections and their lines. A name stands for its last section, as for llama-server."""

    def __init__(self, content: str) -> None:
        self._end = "\r" if "\r\n" in content else ""  # of lines that are new
        self._lines = content.split("\n")

    def text(self) -> str:
        """The whole file."""
        return "\n".join(self._lines)

    def value(self, section: str) -> str | None:
        """The model that a section names: "" for one that names none, None where there is no such section."""
        span = self._span(section)
        if span is None:
            return None
        at = self._pair(*span)
        match = PAIR.fullmatch(self._lines[at]) if at is not None else None
        return match[3] if match else ""

    def set(self, section: str, model: str) -> None:
        """Name the model there; a section that is new comes last."""
        span = self._span(section)
        if span is None:
            self._append([f"[{section}]", f"{KEY} = {model}"])
            return
        at = self._pair(*span)
        match = PAIR.fullmatch(self._lines[at]) if at is not None else None
        if at is not None and match is not None:
            self._lines[at] = match[1] + model + match[4]
        else:
            self._lines.insert(span[0], f"{KEY} = {model}{self._end}")

    def _append(self, lines: list[str]) -> None:
        if not self._lines[-1]:
            self._lines.pop()
        elif self._end:
            self._lines[-1] += self._end
        blank = [""] if self._lines and self._lines[-1].strip() else []
        self._lines += [one + self._end for one in (*blank, *lines)] + [""]

    def _span(self, section: str) -> tuple[int, int] | None:
        """Where its lines begin and end, without its header."""
        headers = [(at, match[1]) for at, line in enumerate(self._lines) if (match := SECTION.fullmatch(line))]
        ends = [*(at for at, _ in headers), len(self._lines)][1:]
        found = [(at + 1, end) for (at, name), end in zip(headers, ends, strict=True) if name == section]
        return found[-1] if found else None

    def _pair(self, begin: int, end: int) -> int | None:
        """The line that counts, the last one with the key."""
        at = [
            number for number in range(begin, end) if (match := PAIR.fullmatch(self._lines[number])) and match[2] == KEY
        ]
        return at[-1] if at else None
