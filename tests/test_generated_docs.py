"""The pages of the documentation say what the models and the code say today."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import kooperacja_model
from kooperacja_model import load_case, load_model, model_for, recommend_case
from kooperacja_model.cli import app

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
GENERATE = runpy.run_path(str(ROOT / "docs" / "generate.py"))


def reference(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", GENERATE["PAGES"])
def test_a_generated_page_is_as_the_generator_writes_it(name: str) -> None:
    page: Callable[[str], str] = GENERATE["page"]
    assert reference(name) == page(name), "write it again with `python docs/generate.py`"


def test_check_says_which_page_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main = GENERATE["main"]
    monkeypatch.setitem(main.__globals__, "FOLDER", tmp_path)
    assert main([]) == 0
    assert main(["--check"]) == 0
    (tmp_path / "messages.md").write_text("old", encoding="utf-8")
    assert main(["--check"]) == 1
    assert "messages.md" in capsys.readouterr().out


def test_every_public_name_is_on_the_python_page() -> None:
    assert [name for name in kooperacja_model.__all__ if f"`{name}`" not in reference("api.md")] == []


def test_every_module_of_a_public_name_is_on_the_python_page() -> None:
    modules = {getattr(kooperacja_model, name).__module__ for name in kooperacja_model.__all__}
    missing = [module for module in sorted(modules) if f".. automodule:: {module}\n" not in reference("api.md")]
    assert missing == []


def test_every_field_that_is_read_is_on_the_yaml_page() -> None:
    files = (ROOT / "src" / "kooperacja_model" / "reading").glob("*.py")
    fields = {name for file in files for name in re.findall(r'fields\.(?:need|may)\("(\w+)"', file.read_text("utf-8"))}
    assert len(fields) > 50
    assert [name for name in sorted(fields - {"pl", "en"}) if f"`{name}`" not in reference("yaml.md")] == []


def keys_of(data: Any) -> Iterator[str]:
    """The field names of plain data, without those that are keys of terms."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield key
            if key not in ("circumstances", "label"):
                yield from keys_of(value)
    elif isinstance(data, list):
        for value in data:
            yield from keys_of(value)


def test_every_field_of_the_json_format_is_on_its_page() -> None:
    found: set[str] = set()
    for file in sorted((ROOT / "examples" / "cases").glob("*.yaml")):
        given = load_case(file)
        assert given.case.commune is not None
        model = load_model(given.model) if given.model else model_for(given.case.commune)
        found.update(keys_of(recommend_case(model, given.case).to_dict()))
    assert [name for name in sorted(found - {"pl", "en"}) if f"`{name}`" not in reference("json.md")] == []


def test_every_command_and_option_is_on_the_command_line_page() -> None:
    page = reference("cli.md")
    command = typer.main.get_command(app)
    groups: dict[str, Any] = command.commands  # type: ignore[attr-defined]
    commands: dict[str, Any] = {}
    for name, its in groups.items():
        inner = getattr(its, "commands", None)
        commands |= {name: its} if inner is None else {f"{name} {key}": value for key, value in inner.items()}
    words = {f"## `kooperacja {name}" for name in commands}
    words |= {f"| `{option}" for its in commands.values() for p in its.params for option in p.opts if option[0] == "-"}
    assert [word for word in sorted(words) if word not in page] == []
