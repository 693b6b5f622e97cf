"""What can go wrong, said so that a person can mend it.

Every error is a `KooperacjaError`. Errors about files carry all problems of the file, each with
its place; errors about a case never repeat what was typed, because that could be about a person.
"""

from __future__ import annotations

from attrs import frozen

__all__ = [
    "CaseError",
    "CommuneError",
    "KooperacjaError",
    "NetworkError",
    "NoPublishedModelError",
    "Problem",
    "ReadError",
    "ScenarioError",
    "TableError",
    "UnknownTermError",
]


class KooperacjaError(Exception):
    """Base of all errors of this package."""


@frozen(order=True)
class Problem:
    """One thing that is wrong in a file.

    Attributes:
        file: name of the file as shown to the user.
        line: line, from 1.
        column: column, from 1, in characters.
        what: what is wrong.
        todo: what to do about it.
        code: short name of the kind of problem, the same in every version.

    >>> print(Problem("city.yaml", 349, 5, "unknown sector 'pomooc'", "did you mean 'pomoc'?", "x"))
    city.yaml:349:5: unknown sector 'pomooc'; did you mean 'pomoc'?
    """

    file: str
    line: int
    column: int
    what: str
    todo: str
    code: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.what}; {self.todo}"


class ReadError(KooperacjaError, ValueError):
    """A file could not be read; `problems` has all of them, sorted by place."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems

    def __reduce__(self) -> tuple[type[ReadError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


_LISTS = {
    "need": "needs",
    "circumstance": "circumstances",
    "institution type": "institutions",
    "sector": "sectors",
    "competence": "competences",
}


class UnknownTermError(KooperacjaError, LookupError):
    """A word is neither key, label nor abbreviation of a term.

    The word itself is not repeated. `kind` is what was looked for, `nearest` the keys that look
    most like it (may be empty), `number` its position in the list it came from (from 1, or 0).
    """

    def __init__(self, kind: str, nearest: tuple[str, ...] = (), number: int = 0) -> None:
        position = f" (no. {number} of those given)" if number else ""
        if nearest:
            hint = "did you mean " + " or ".join(repr(key) for key in nearest) + "?"
        else:
            hint = f"list them with `kooperacja list {_LISTS.get(kind, 'needs|circumstances|institutions|...')}`"
        super().__init__(f"unknown {kind}{position}; {hint}")
        self.kind = kind
        self.nearest = nearest
        self.number = number

    def __reduce__(self) -> tuple[type[UnknownTermError], tuple[str, tuple[str, ...], int]]:
        return type(self), (self.kind, self.nearest, self.number)


class CaseError(KooperacjaError, ValueError):
    """The facts of a case contradict each other or cannot be used."""


class CommuneError(KooperacjaError, ValueError):
    """A commune code, name or population cannot be used."""


class NoPublishedModelError(CommuneError):
    """No published model of cooperation covers this commune; the caller has to choose one."""


class NetworkError(KooperacjaError, ValueError):
    """A local network contradicts itself, or does not fit what is asked of it."""


class ScenarioError(KooperacjaError, ValueError):
    """A scenario cannot be worked out with what is given."""


class TableError(KooperacjaError, ValueError):
    """A table of families cannot be used; `problems` has all that is wrong. Values are never repeated.

    >>> print(TableError(("column 'truancyy' is no key; did you mean 'truancy'?",)))
    table: column 'truancyy' is no key; did you mean 'truancy'?
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(f"table: {problem}" for problem in problems))
        self.problems = problems

    def __reduce__(self) -> tuple[type[TableError], tuple[tuple[str, ...]]]:
        return type(self), (self.problems,)
