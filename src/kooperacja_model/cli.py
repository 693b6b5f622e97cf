"""The command line: `kooperacja` and its commands, from `recommend` to `check`.

Exit codes: 0 all well, 1 `check` found problems, 2 wrong usage or bad input.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

try:
    import typer
    from rich.console import Console
    from rich.text import Text
except ImportError:  # the extra is not installed
    print(
        "kooperacja: the command line needs typer and rich; install them with: pip install 'kooperacja_model[cli]'",
        file=sys.stderr,
    )
    raise SystemExit(2) from None

from attrs import evolve

from kooperacja_model import __version__
from kooperacja_model.case import Case, make_case
from kooperacja_model.commune import CITIES_WITH_POWIAT_RIGHTS, Commune
from kooperacja_model.comparison import compare
from kooperacja_model.errors import (
    CaseError,
    CommuneError,
    KooperacjaError,
    NetworkError,
    NoPublishedModelError,
    ReadError,
)
from kooperacja_model.measures import measure_network
from kooperacja_model.model import CooperationModel
from kooperacja_model.network import LocalNetwork
from kooperacja_model.outcomes import Situation, compare_outcomes
from kooperacja_model.programme import draft_programme
from kooperacja_model.provenance import Lang
from kooperacja_model.reading.files import (
    check_files,
    load_case,
    load_catalogue,
    load_model,
    load_models,
    load_network,
    load_network_file,
    load_terc,
    model_for,
)
from kooperacja_model.reading.network import NetworkFile
from kooperacja_model.recommendation import recommend_case
from kooperacja_model.scenario_cli import scenario_app
from kooperacja_model.team import propose_team
from kooperacja_model.views.gaps import explain_gaps, gaps_to_dict
from kooperacja_model.views.network import explain_network, network_to_csv, network_to_hsds, network_to_yaml
from kooperacja_model.views.outline import Section
from kooperacja_model.views.path import explain_path
from kooperacja_model.views.terms import describe
from kooperacja_model.views.text import section_lines

__all__ = ["app", "main"]

app = typer.Typer(
    name="kooperacja",
    help="Whom to involve for a family, with reasons: the three Polish models of cooperation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

network_app = typer.Typer(
    help="The institutions of a commune: a file checked, shown, converted, its gaps and what it rests on.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(network_app, name="network")
app.add_typer(scenario_app, name="scenario")

_LISTS = {
    "needs": "needs",
    "circumstances": "circumstances",
    "sectors": "sectors",
    "competences": "competences",
    "institutions": "institution_types",
    "duties": "duties",
    "models": "models",
}


def _lang(value: str) -> Lang:
    if value == "pl":
        return "pl"
    if value == "en":
        return "en"
    raise KooperacjaError("--lang: unknown language; use pl or en")


def _commune(word: str, population: int | None, terc: Path | None) -> Commune:
    """A commune by code, or by name: of a TERC file, or of a city with powiat rights."""
    if word.strip().isdigit():
        return Commune(word.strip(), population)
    if terc is not None:
        found = load_terc(terc).find(word)
        return Commune(found.code, population, found.name)
    for code, name in CITIES_WITH_POWIAT_RIGHTS.items():
        if name.casefold() == word.strip().casefold():
            return Commune(f"{code}011", population)
    raise CommuneError(
        "--commune: neither a TERYT code nor the name of a city with powiat rights; give the seven-digit code, "
        "or the name together with --terc FILE (the official TERC file of GUS)"
    )


def _population(word: str | None) -> int | None:
    if word is None:
        return None
    digits = word.replace(" ", "").replace("_", "")
    if not (digits.isascii() and digits.isdigit()) or int(digits[:12]) == 0:
        raise CommuneError("--population: it is not a whole number above 0; write for example 49000")
    return int(digits[:12])


def _answers(words: Sequence[str]) -> dict[str, bool | None]:
    """`KEY`, `KEY=yes`, `KEY=no` or `KEY=unknown`."""
    values = {"yes": True, "tak": True, "no": False, "nie": False, "unknown": None}
    answers: dict[str, bool | None] = {}
    for number, word in enumerate(words, 1):
        key, sign, value = word.partition("=")
        if sign and value.strip().lower() not in values:
            raise CaseError(
                f"--circumstance no. {number}: the answer is neither yes, no nor unknown; write KEY=yes or KEY=no"
            )
        name = load_catalogue().find("circumstances", key, number).key
        answer = values[value.strip().lower()] if sign else True
        if name in answers and answers[name] != answer:
            raise CaseError(
                f"--circumstance no. {number}: {name!r} is given twice with different answers; give it once"
            )
        answers[name] = answer
    return answers


def _model(key: str | None, case: Case) -> CooperationModel:
    if key is not None:
        return load_model(key)
    if case.commune is None:
        raise CommuneError("say where the family lives with --commune CODE, or which model to use with --model")
    return model_for(case.commune)


@app.command()
def recommend(
    need: Annotated[list[str] | None, typer.Option(help="A need: key, label or abbreviation; repeat it.")] = None,
    circumstance: Annotated[
        list[str] | None, typer.Option(help="A circumstance: KEY, or KEY=no if it is known to be absent; repeat it.")
    ] = None,
    commune: Annotated[str | None, typer.Option(help="TERYT code of the commune (or its name, with --terc).")] = None,
    population: Annotated[str | None, typer.Option(help="Inhabitants of the commune; needed for towns.")] = None,
    model: Annotated[str | None, typer.Option(help="rural, urban_rural or city, instead of the commune's.")] = None,
    case: Annotated[Path | None, typer.Option(help="YAML file of a case, instead of the options above.")] = None,
    terc: Annotated[Path | None, typer.Option(help="Official TERC file of GUS, to give communes by name.")] = None,
    basis: Annotated[
        list[str] | None, typer.Option(help="Only rules on this basis: statute, model, practice, design; repeat it.")
    ] = None,
    lang: Annotated[str, typer.Option(help="pl or en.")] = "pl",
    short: Annotated[
        bool, typer.Option("--short", help="One page: duties and whom to invite, one reason each.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the recommendation as JSON.")] = False,
) -> None:
    """Whom to involve for a family, for what and why, and what the law demands."""
    language = _lang(lang)
    if short and as_json:
        raise KooperacjaError("--short and --json exclude each other; leave one of them out")
    if case is not None:
        if need or circumstance or commune or population:
            raise CaseError("--case: it already says needs, circumstances and commune; leave out those options")
        found = load_case(case)
        facts, wanted = found.case, model or found.model
    else:
        place = None if commune is None else _commune(commune, _population(population), terc)
        facts = make_case(load_catalogue(), need or (), _answers(circumstance or ()), place)
        wanted = model
    recommendation = recommend_case(_model(wanted, facts), facts, basis or None)
    if as_json:
        print(json.dumps(recommendation.to_dict(), ensure_ascii=False, indent=2))
    else:
        _print_lines(recommendation.explain(language, short).splitlines())


@app.command()
def programme(
    case: Annotated[Path, typer.Option(help="YAML file of a case.")],
    model: Annotated[str | None, typer.Option(help="rural, urban_rural or city, instead of the case's.")] = None,
    lang: Annotated[str, typer.Option(help="pl or en.")] = "pl",
    as_yaml: Annotated[bool, typer.Option("--yaml", help="Print YAML to be edited by hand, not Markdown.")] = False,
) -> None:
    """A draft of the family's programme: goals, what the law demands, tasks, review, questions."""
    language = _lang(lang)
    found = load_case(case)
    draft = draft_programme(recommend_case(_model(model or found.model, found.case), found.case), language)
    print(draft.to_yaml() if as_yaml else draft.to_markdown(), end="")


@app.command()
def team(
    case: Annotated[Path, typer.Option(help="YAML file of a case.")],
    network: Annotated[Path, typer.Option(help="File of the commune's institutions: YAML, CSV or HSDS JSON.")],
    without: Annotated[
        list[str] | None, typer.Option(help="Key of an institution that is supposed to be closed; repeat it.")
    ] = None,
    include: Annotated[
        list[str] | None, typer.Option(help="Key of an institution that is to be a member anyway; repeat it.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="rural, urban_rural or city, instead of the case's.")] = None,
    lang: Annotated[str, typer.Option(help="pl or en.")] = "pl",
    as_json: Annotated[bool, typer.Option("--json", help="Print the team as JSON.")] = False,
) -> None:
    """The smallest sufficient team of real institutions for a family, with reasons and gaps."""
    language = _lang(lang)
    found, there = load_case(case), load_network(network)
    facts = found.case if found.case.commune is not None else evolve(found.case, commune=there.commune)
    its = _model(model or found.model, facts)
    left = there.without(*without) if without else there
    proposal = propose_team(recommend_case(its, facts), left, include or ())
    if as_json:
        print(json.dumps(proposal.to_dict(), ensure_ascii=False, indent=2))
        return
    _print_lines(proposal.explain(language).splitlines())
    if without:
        changes = compare_outcomes(Situation(its, there), Situation(its, left), facts)
        _print_lines(["", *changes.explain(language).splitlines()])


def _network_file(path: Path, commune: str | None, name: str | None) -> NetworkFile:
    """A network; what did not map goes to the error output."""
    found = load_network_file(path, commune, name)
    if found.unmapped:
        print(f"kooperacja: {path}: not in the network are:", file=sys.stderr)
        for unmapped in found.unmapped:
            print(f"  {unmapped}", file=sys.stderr)
    return found


@network_app.command("check")
def network_check(
    file: Annotated[Path, typer.Argument(help="A network: YAML, CSV or HSDS JSON.", metavar="FILE")],
    commune: Annotated[str | None, typer.Option(help="TERYT code, if a CSV or JSON file does not say it.")] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the network, if a CSV or JSON file does not say it.")
    ] = None,
) -> None:
    """Every problem of a file of a network, with its place; exit code 1 if there is one."""
    try:
        network = _network_file(file, commune, name).network
    except ReadError as error:
        print(error)
        raise SystemExit(1) from None
    print(f"{network.name}: {_count_network(network)}, no problems")


@network_app.command("show")
def network_show(
    file: Annotated[Path, typer.Argument(help="A network: YAML, CSV or HSDS JSON.", metavar="FILE")],
    commune: Annotated[str | None, typer.Option(help="TERYT code, if a CSV or JSON file does not say it.")] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the network, if a CSV or JSON file does not say it.")
    ] = None,
    lang: Annotated[str, typer.Option(help="pl or en.")] = "pl",
) -> None:
    """The institutions of a network by sector, what they can do, what is signed, and how it is known."""
    language = _lang(lang)
    _print_lines(explain_network(_network_file(file, commune, name).network, language).splitlines())


@network_app.command("convert")
def network_convert(
    source: Annotated[Path, typer.Argument(help="A network: YAML, CSV or HSDS JSON.", metavar="IN")],
    target: Annotated[Path, typer.Argument(help="File to write: .yaml, .csv or .json (HSDS).", metavar="OUT")],
    commune: Annotated[str | None, typer.Option(help="TERYT code, if a CSV or JSON file does not say it.")] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the network, if a CSV or JSON file does not say it.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is already there.")] = False,
    lang: Annotated[str, typer.Option(help="Language of remarks and names of columns: pl or en.")] = "pl",
) -> None:
    """Write a network in another format; what did not map is listed on the error output."""
    language = _lang(lang)
    kind = target.suffix.lower()
    if kind not in (".yaml", ".yml", ".csv", ".json"):
        raise NetworkError(
            "network convert: the name of the second file says no format; end it with .yaml, .csv or .json"
        )
    if target.exists() and not force:
        raise NetworkError(f"{target}: the file is already there; give --force to overwrite it, or another name")
    network = _network_file(source, commune, name).network
    if kind == ".csv":
        text = network_to_csv(network, language)
    elif kind == ".json":
        text = json.dumps(network_to_hsds(network), ensure_ascii=False, indent=2) + "\n"
    else:
        text = network_to_yaml(network, language)
    _write(target, text.encode())
    print(f"{target}: {_count_network(network)}")


@network_app.command("gaps")
def network_gaps(
    file: Annotated[Path, typer.Argument(help="A network: YAML, CSV or HSDS JSON.", metavar="FILE")],
    case: Annotated[
        Path | None, typer.Option(help="YAML file of a case: what is missing for this family, instead of all needs.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="rural, urban_rural or city, instead of the commune's.")] = None,
    commune: Annotated[str | None, typer.Option(help="TERYT code, if a CSV or JSON file does not say it.")] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the network, if a CSV or JSON file does not say it.")
    ] = None,
    lang: Annotated[str, typer.Option(help="pl or en.")] = "pl",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """What nobody in the network provides, for a family or for each need alone, and what can be done."""
    language = _lang(lang)
    there = _network_file(file, commune, name).network
    if case is None:
        measures = measure_network(_network_model(model, there.commune), there)
        _print_data_or_text(measures.to_dict, measures.explain_needs, language, as_json)
        return
    found = load_case(case)
    facts = found.case if found.case.commune is not None else evolve(found.case, commune=there.commune)
    its = _network_model(model or found.model, facts.commune or there.commune)
    recommendation = recommend_case(its, facts)
    _print_data_or_text(
        lambda: gaps_to_dict(recommendation, there),
        lambda its_lang: explain_gaps(recommendation, there, its_lang),
        language,
        as_json,
    )


@network_app.command("measure")
def network_measure(
    file: Annotated[Path, typer.Argument(help="A network: YAML, CSV or HSDS JSON.", metavar="FILE")],
    model: Annotated[str | None, typer.Option(help="rural, urban_rural or city, instead of the commune's.")] = None,
    commune: Annotated[str | None, typer.Option(help="TERYT code, if a CSV or JSON file does not say it.")] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the network, if a CSV or JSON file does not say it.")
    ] = None,
    lang: Annotated[str, typer.Option(help="pl or en.")] = "pl",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """On whom a network rests: single points of failure, who joins others, who signed nothing."""
    language = _lang(lang)
    there = _network_file(file, commune, name).network
    measures = measure_network(_network_model(model, there.commune), there)
    _print_data_or_text(measures.to_dict, measures.explain, language, as_json)


def _network_model(key: str | None, commune: Commune) -> CooperationModel:
    return load_model(key) if key is not None else _piloted_model(commune)


def _print_data_or_text(
    data: Callable[[], dict[str, Any]], text: Callable[[Lang], str], language: Lang, as_json: bool
) -> None:
    if as_json:
        print(json.dumps(data(), ensure_ascii=False, indent=2))
    else:
        _print_lines(text(language).splitlines())


def _count_network(network: LocalNetwork) -> str:
    institutions, agreements = len(network.institutions), len(network.agreements)
    return (
        f"{institutions} institution{'' if institutions == 1 else 's'}, "
        f"{agreements} agreement{'' if agreements == 1 else 's'}"
    )


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        new.write_bytes(data)
        os.replace(new, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        new.unlink(missing_ok=True)


@app.command("list")
def list_(
    what: Annotated[str, typer.Argument(help=" | ".join(_LISTS), metavar="WHAT")],
    lang: Annotated[str, typer.Option(help="pl or en.")] = "pl",
) -> None:
    """All needs, circumstances, sectors, competences, institutions, duties or models."""
    language = _lang(lang)
    if what not in _LISTS:
        raise KooperacjaError("list: unknown list; known are " + ", ".join(_LISTS))
    table: Any
    if what == "models":
        table = load_models()
    elif what == "duties":
        table = load_model("rural").duties
    else:
        table = getattr(load_catalogue(), _LISTS[what])
    width = max(len(key) for key in table)
    terminal = sys.stdout.isatty()
    for key, term in table.items():
        name = term.label.text(language)
        print(f"{key:<{width}}  {name}" if terminal else f"{key}\t{name}")


@app.command()
def show(
    word: Annotated[str, typer.Argument(help="Key, label or abbreviation of anything; also of a rule, duty or model.")],
    lang: Annotated[str, typer.Option(help="pl or en.")] = "pl",
) -> None:
    """Everything known of one term, with its sources and the rules that use it."""
    language = _lang(lang)
    for number, (title, sections) in enumerate(describe(load_models(), word, language)):
        if number:
            print()
        _print_lines([title, "=" * len(title), *_lines(sections)])


def _lines(sections: Sequence[Section]) -> list[str]:
    return [line for section in sections for line in section_lines(section)]


def _piloted_model(commune: Commune) -> CooperationModel:
    """The model of a commune; for a town of unknown size the one in whose pilot it was, and that is said."""
    try:
        return model_for(commune)
    except NoPublishedModelError:
        piloted = [model for model in load_models().values() if commune.code.text in model.pilot.communes]
        if commune.population is not None or len(piloted) != 1:
            raise
        print(
            "kooperacja: the population is not given; the commune was in the pilot of this model, so it is used",
            file=sys.stderr,
        )
        return piloted[0]


@app.command()
def path(
    commune: Annotated[str | None, typer.Option(help="TERYT code of the commune (or its name, with --terc).")] = None,
    population: Annotated[str | None, typer.Option(help="Inhabitants of the commune; needed for towns.")] = None,
    model: Annotated[str | None, typer.Option(help="rural, urban_rural or city, instead of the commune's.")] = None,
    terc: Annotated[Path | None, typer.Option(help="Official TERC file of GUS, to give communes by name.")] = None,
    lang: Annotated[str, typer.Option(help="pl or en.")] = "pl",
) -> None:
    """The way from nothing to a working team in a commune: stages, who does what, documents."""
    language = _lang(lang)
    if commune is None:
        raise CommuneError("say which commune with --commune CODE")
    place = _commune(commune, _population(population), terc)
    its = load_model(model) if model is not None else _piloted_model(place)
    _print_lines(explain_path(its, place, language).splitlines())


@app.command("compare")
def compare_(
    models: Annotated[list[str], typer.Argument(help="Two or more of rural, urban_rural, city.", metavar="MODEL...")],
    lang: Annotated[str, typer.Option(help="pl or en.")] = "pl",
    table: Annotated[bool, typer.Option("--table", help="Print Markdown tables.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
) -> None:
    """The models side by side: what they have in common, what differs, which needs they answer differently."""
    language = _lang(lang)
    if table and as_json:
        raise KooperacjaError("--table and --json exclude each other; leave one of them out")
    comparison = compare(*models)
    if as_json:
        print(json.dumps(comparison.to_dict(), ensure_ascii=False, indent=2))
    elif table:
        print(comparison.to_markdown(language), end="")
    else:
        _print_lines(comparison.to_text(language).splitlines())


@app.command()
def check(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Files of models, cases, programmes, networks, populations or scenarios.",
            metavar="FILE...",
        ),
    ],
) -> None:
    """Every problem of YAML files, with line and column; exit code 1 if there is one."""
    with warnings.catch_warnings(record=True, action="always", category=UserWarning) as left_out:
        problems = check_files(tuple(files))
    for warning in left_out:
        print(f"kooperacja: {warning.message}", file=sys.stderr)
    for problem in problems:
        print(problem)
    if problems:
        raise SystemExit(1)
    print(f"{len(files)} file{'' if len(files) == 1 else 's'}: no problems")


def _print_lines(lines: Sequence[str]) -> None:
    """Lines of a text; underlined headings stand out on a terminal, and only there."""
    if not sys.stdout.isatty():
        print("\n".join(lines))
        return
    console = Console(highlight=False, soft_wrap=True)
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        heading = bool(below) and set(below) in ({"="}, {"-"}) and len(below) == len(line)
        console.print(Text(line, style="bold" if heading else ""))


def _fail(message: str) -> NoReturn:
    print(f"kooperacja: {message}", file=sys.stderr)
    raise SystemExit(2)


_COMMANDS = "team, network, scenario, list, show, path, compare, programme, check"
_USAGE = {
    "NoSuchCommand": f"unknown command; known are recommend, {_COMMANDS}",
    "MissingParameter": "an argument is missing; see `kooperacja COMMAND --help`",
    "NoSuchOption": "unknown option; see `kooperacja COMMAND --help`",
    "BadOptionUsage": "an option has no value, or one too many; see `kooperacja COMMAND --help`",
    "NoArgsIsHelpError": f"no command; try `kooperacja recommend --help`, or {_COMMANDS}",
}


def _usage(error: Exception) -> str:
    """What is wrong with the words given, without repeating them."""
    near = getattr(error, "possibilities", None)
    if near:
        return f"unknown option or command; did you mean {' or '.join(sorted(near))}?"
    message = str(getattr(error, "message", ""))
    if message.startswith("No such command"):
        group = getattr(error, "ctx", None)
        if group is not None and group.parent is not None:
            return f"unknown command of {group.info_name}; known are {', '.join(group.command.commands)}"
        return _USAGE["NoSuchCommand"]
    unexpected = "an unexpected word; put each need behind its own --need and each circumstance behind --circumstance"
    return _USAGE.get(type(error).__name__, unexpected)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line.

    Args:
        arguments: the words after the program's name; those of the process by default.

    Raises:
        SystemExit: always, with the exit code.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--version"]:
        print(f"kooperacja_model {__version__}")
        raise SystemExit(0)
    try:
        code = typer.main.get_command(app).main(words, prog_name="kooperacja", standalone_mode=False)
        sys.stdout.flush()
    except KooperacjaError as error:
        _fail(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise SystemExit(0) from None
    except OSError as error:
        _fail(f"{error.filename}: cannot be opened ({error.strerror}); check the path")
    except typer.TyperException as error:
        _fail(_usage(error))
    raise SystemExit(code if isinstance(code, int) else 0)
