"""Writes the pages of the documentation that are made from the models and the code.

`python docs/generate.py` writes them; with `--check` nothing is written, and the exit code is 1 if a
page that stands there differs.
"""

from __future__ import annotations

import pickle
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kooperacja_model import Basis, Source, compare, load_catalogue, load_models
from kooperacja_model.batch.linear import State, linearise
from kooperacja_model.batch.program import compile_model
from kooperacja_model.catalogue import polish_order
from kooperacja_model.programme import DefectKind
from kooperacja_model.reading.messages import Message
from kooperacja_model.views.comparison import NAMES
from kooperacja_model.views.organisation import THINGS, Teller

FOLDER = Path(__file__).parent / "reference"
REMARK = "<!-- Written by `python docs/generate.py`; change the models or the code instead. -->"


def glossary() -> Iterator[str]:
    """Polish-English glossary of the catalogue and the duties."""
    catalogue = load_catalogue()
    duties = next(iter(load_models().values())).duties
    yield "# Glossary"
    yield "Every term of the catalogue and every statutory duty, in Polish alphabetical order. The key is what programs"
    yield "and YAML files write; the command line and Python take the labels and abbreviations too, in any case, with"
    yield "or without Polish diacritics. `kooperacja show KEY` says more about any of them."
    for title, table in (
        ("Needs (potrzeby)", catalogue.needs),
        ("Circumstances (okoliczności)", catalogue.circumstances),
        ("Features of communes (cechy gmin)", catalogue.features),
        ("Sectors (sektory)", catalogue.sectors),
        ("Institution types (typy instytucji)", catalogue.institution_types),
        ("Profiles of organisations (profile organizacji)", catalogue.profiles),
        ("Competences (kompetencje)", catalogue.competences),
        ("Statutory duties (obowiązki ustawowe)", duties),
        ("Reasons of art. 7 of the act on social assistance (powody)", catalogue.reasons),
        ("Areas of cooperation of the urban-rural model (obszary kooperacji)", catalogue.areas),
        ("Models (modele)", load_models()),
    ):
        yield ""
        yield f"## {title}"
        yield ""
        yield from _terms(table)


def _terms(table: Mapping[str, Any]) -> Iterator[str]:
    terms = sorted(table.values(), key=lambda term: polish_order(term.label.pl))
    short = any(getattr(term, "abbreviations", ()) for term in terms)
    header = ["Polish", "English", "key", *(["abbreviations"] if short else [])]
    rows = []
    for term in terms:
        row = [term.label.pl, term.label.en, f"`{term.key}`"]
        rows.append([*row, ", ".join(term.abbreviations)] if short else row)
    yield from _table(header, rows)


def messages() -> Iterator[str]:
    """All messages about files."""
    yield "# Messages about files"
    yield "`kooperacja check` and every `load_...` function say all problems of a file at once, each as"
    yield "`file:line:column: what is wrong; what to do`. In Python they are the `problems` of a"
    yield "[`ReadError`](api.md), and `problem.code` is the code below, which stays the same from version to version."
    yield "Words in braces are filled in. In files about a family every quoted value is replaced by `'…'`."
    yield ""
    rows = [(f"`{message.name.lower()}`", _code(message.value[0]), _code(message.value[1])) for message in Message]
    yield from _table(("code", "what is wrong", "what to do"), rows)
    yield ""
    yield "`{about}` is the thing that is being read, for example `rule 'r12': `. `{hint}` is the nearest known word"
    yield "(`did you mean 'pomoc'?`) or the list of the few there are. `{detail}` is the message of another part of the"
    yield "library, or of the YAML parser."
    yield ""
    yield "## Defects of programmes"
    yield ""
    yield "`check_programme` says them of a programme, `kooperacja check` of a programme file that could be read. They"
    yield "name terms of the vocabulary and never repeat a free text."
    yield ""
    defects = [(f"`{kind.name.lower()}`", _code(kind.value[0]), _code(kind.value[1])) for kind in DefectKind]
    yield from _table(("code", "what is wrong", "what to do"), defects)


def _code(text: str) -> str:
    return f"`{text}`" if "`" not in text else f"`` {text} ``"


def counts() -> Iterator[str]:
    """The knowledge in numbers."""
    catalogue = load_catalogue()
    models = load_models()
    duties = next(iter(models.values())).duties
    yield "# The knowledge in numbers"
    yield "How much there is of what, and on what it rests. A rule or duty can have several sources, so it is counted"
    yield "under every basis that one of them has."
    yield ""
    yield "## Vocabulary"
    yield ""
    sections = ("needs", "circumstances", "features", "reasons", "sectors", "areas", "institution_types", "profiles",
                "competences", "acts", "pages")  # fmt: skip
    yield from _table(("section", "entries"), [(f"`{name}`", len(getattr(catalogue, name))) for name in sections])
    yield ""
    yield "## Rules and duties"
    yield ""
    rows: list[Sequence[object]] = []
    shared = [rule for rule in models["rural"].rules.values() if rule.key not in models["rural"].own_rules]
    parts: list[tuple[str, list[Any]]] = [("shared rules", shared)]
    parts += [
        (f"own rules of `{key}`", [model.rules[name] for name in model.own_rules]) for key, model in models.items()
    ]
    parts.append(("duties", list(duties.values())))
    for title, things in parts:
        by_basis = [sum(any(s.basis is basis for s in thing.sources) for thing in things) for basis in Basis]
        rows.append((title, len(things), *by_basis))
    yield from _table(("which", "number", *(f"`{basis.value}`" for basis in Basis)), rows)
    yield ""
    yield "## What was read of the law"
    yield ""
    sources = [s for rule in _all_rules() for s in rule.sources] + [s for duty in duties.values() for s in duty.sources]
    how = Counter(_how_sure(source) for source in sources if source.basis is Basis.STATUTE)
    yield "Statements of basis `statute` in rules and duties:"
    yield ""
    yield from _table(
        ("how sure", "sources"),
        [(word, how[word]) for word in ("the text of the act was read", "found on a page", "to be checked in the act")],
    )
    yield ""
    yield "Acts that are cited, with the text that is meant where it is known:"
    yield ""
    acts = sorted(catalogue.acts.values(), key=lambda act: polish_order(act.label.pl))
    yield from _table(
        ("act", "key", "date", "journal", "read"),
        [(act.label.pl, f"`{act.key}`", act.date, act.journal or "", _read(act)) for act in acts],
    )


def _all_rules() -> Iterable[Any]:
    return {key: rule for model in load_models().values() for key, rule in model.rules.items()}.values()


def _how_sure(source: Source) -> str:
    if source.verified:
        return "the text of the act was read"
    return "found on a page" if source.page is not None else "to be checked in the act"


def _read(act: Any) -> str:
    if act.text_read:
        return "yes"
    return "only: " + "; ".join(act.passages_read) if act.passages_read else "no"


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield "| " + " | ".join(header) + " |"
    yield "|" + " --- |" * len(header)
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |"


def model_page(key: str) -> Iterator[str]:
    """A model in words: what is publicly known of it, each statement with its basis."""
    model = load_models()[key]
    teller = Teller(model, "en")
    yield f"# {NAMES[key].en.capitalize()} model"
    yield f"*{model.label.pl}*, project {_plain(model.project.en)}, {model.macroregion.en}. Made for:"
    yield f"{_plain(model.criterion.text.en)} {teller.marks.full(model.criterion.sources)}."
    yield ""
    yield "The text of the model could not be read; this page says what public pages tell of it. Every statement ends"
    yield "with its [basis](../../explanation/bases.md) and the numbers of its [sources](#sources): *description of the"
    yield "model* (a text of the project says so), *practice* (seen in the pilot: a case, not a norm), *law*, or *the"
    yield "library's proposal*. A mark without numbers rests on the sources named above it in the same entry. *Not*"
    yield "*found* means that the pages read do not say it, not that the model does not have it. The same in Polish:"
    yield f"`kooperacja show {key}`."
    headed = {title.en for title in THINGS.values()}
    for section in teller.sections():
        yield from ("", f"## {section.title}", "")
        for number, entry in enumerate(section.entries, 1):
            if section.title in headed and entry.details:
                yield from ("", f"### {_plain(entry.line)}", "") if number > 1 else (f"### {_plain(entry.line)}", "")
                yield from (f"- {_plain(detail)}" for detail in entry.details)
            else:
                yield f"{number}. {_plain(entry.line)}" if section.numbered else f"- {_plain(entry.line)}"
                yield from (f"  - {_plain(detail)}" for detail in entry.details)


def _plain(text: str) -> str:
    """A text without Markdown in it; a key at its end becomes code, an address at its end a link."""
    text, address, rest = text.partition("http")
    text = re.sub(r"([*<~])", r"\\\1", text)
    text = re.sub(r" \[(\w+)\]$", r" (`\1`)", text)
    return f"{text}<{address}{rest}>" if address else text


def comparison() -> Iterator[str]:
    """The three models side by side."""
    lines = iter(compare(*load_models()).to_markdown("en").splitlines())
    yield next(lines)
    yield "Sources: on the pages of the [rural](rural.md), [urban-rural](urban-rural.md) and [city](city.md) model."
    yield from lines


def program_sizes() -> Iterator[str]:
    """How large the compiled models are."""
    yield "# Sizes of compiled models"
    yield "What `compile_model` makes of each model for some usual outputs (see [](batch.md)): columns asked for, nodes"
    yield "of the graph, operations on bits that a table takes if every fact is known in every row, and if every"
    yield "circumstance and open feature is unknown in some rows (both with the search for contradictory rows), and"
    yield "about how many kilobytes the program has when it is pickled."
    wide = ("competences", "sectors", "institutions", "duties")
    sure = ("required", "advised")
    asked: tuple[tuple[str, Sequence[str], Sequence[str] | None], ...] = (
        ("sectors, required and advised", ["sectors"], sure),
        ("competences, required and advised", ["competences"], sure),
        ("competences", ["competences"], None),
        ("all but the rules", wide, None),
        ("everything", (*wide, "rules"), None),
    )
    for key in load_models():
        rows = []
        for title, outputs, strengths in asked:
            program = compile_model(key, outputs=outputs, strengths=strengths)
            needs, facts = len(program.needs), len(program.facts)
            known = (State.KNOWN,) * facts
            open_ = (State.KNOWN,) * needs + (State.OPEN,) * (facts - needs)
            operations = [len(linearise(program, states, program.columns).operations) for states in (known, open_)]
            size = 5 * round(len(pickle.dumps(program)) / 5000)
            rows.append((title, len(program.columns), len(program.dag.nodes), *operations, size))
        yield ""
        yield f"## {NAMES[key].en.capitalize()} model"
        yield ""
        yield f"{len(program.rules)} rules that can hold, {needs} needs,"
        yield f"{facts - needs} circumstances and open features."
        yield ""
        yield from _table(("columns asked for", "columns", "nodes", "all known", "some unknown", "kB"), rows)


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "glossary.md": glossary,
    "messages.md": messages,
    "counts.md": counts,
    "program-sizes.md": program_sizes,
    "models/rural.md": lambda: model_page("rural"),
    "models/urban-rural.md": lambda: model_page("urban_rural"),
    "models/city.md": lambda: model_page("city"),
    "models/comparison.md": comparison,
}


def page(name: str) -> str:
    """The text of a page."""
    lines = iter(PAGES[name]())
    return "\n".join([next(lines), "", REMARK, "", *lines]) + "\n"


def main(words: Sequence[str]) -> int:
    """Write or check all pages."""
    if words not in ([], ["--check"]):
        print("usage: python docs/generate.py [--check]", file=sys.stderr)
        return 2
    code = 0
    for name in PAGES:
        file = FOLDER / name
        if not words:
            file.parent.mkdir(exist_ok=True)
            file.write_text(page(name), encoding="utf-8")
        elif not file.is_file() or file.read_text(encoding="utf-8") != page(name):
            print(f"docs/reference/{name} differs; write it again with `python docs/generate.py`")
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
