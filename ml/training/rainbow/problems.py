"""What is wrong with an input: all of it at once, each with its place and what to change."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class InputProblem:
    """`line` counts from 1; `column` counts from 1 and is also named as a spreadsheet names it."""

    file: Path | str
    message: str
    remedy: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = str(self.file)
        if self.line is not None:
            place += f", line {self.line}"
        if self.column is not None:
            place += f", column {self.column} ({column_letters(self.column)})"
        return f"{place}: {self.message} {self.remedy}"


class InputError(Exception):
    """The user can fix it: bad files or options, never a bug of ours."""

    SHOWN = 20

    def __init__(self, problems: list[InputProblem]):
        self.problems = problems
        lines = [f"  {problem}" for problem in problems[: self.SHOWN]]
        if len(problems) > self.SHOWN:
            lines.append(f"  … and {len(problems) - self.SHOWN} more")
        super().__init__("The data cannot be used:\n" + "\n".join(lines))


def column_letters(column: int) -> str:
    """A, B, …, Z, AA, …"""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
