"""Pictures of the results of scenarios."""

from __future__ import annotations

import struct
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from small_scenarios import result, scenario

from kooperacja_model import Commune, load_population
from kooperacja_model.population import CommuneClass, Population
from kooperacja_model.provenance import Label, Table
from kooperacja_model.scenario import CommuneChoice, ListedCommune, Variant, run_scenario, write_families
from kooperacja_model.simulation.result import ScenarioResult
from kooperacja_model.simulation.teams import TeamSizes

pytest.importorskip("matplotlib")

import matplotlib as mpl

from kooperacja_model.simulation import pictures


@cache
def drawn() -> dict[str, bytes]:
    return pictures.draw(with_teams(), "pl")


@cache
def with_teams() -> ScenarioResult:
    return run_scenario(scenario(teams=40, households=8_000))


def size_of(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def kinds_of_ink(png: bytes) -> int:
    """How many different bytes the pixels have: a blank picture has one or two."""
    data, place = b"", 8
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        if png[place + 4 : place + 8] == b"IDAT":
            data += png[place + 8 : place + 8 + length]
        place += 12 + length
    return len(set(zlib.decompress(data)))


def test_there_is_a_picture_of_everything_in_both_formats() -> None:
    names = ("sectors", "gaps", "voivodeships", "teams", "variants")
    assert list(drawn()) == [f"{name}.{kind}" for name in names for kind in ("png", "svg")]
    for name, data in drawn().items():
        if name.endswith(".png"):
            width, height = size_of(data)
            assert 1_000 < width < 2_000
            assert 300 < height < 4_000
            assert kinds_of_ink(data) > 50
        else:
            assert data.startswith(b"<?xml")


def test_pictures_are_the_same_every_time() -> None:
    assert pictures.draw(with_teams(), "pl") == drawn()
    assert pictures.draw(with_teams(), "en").keys() == drawn().keys()
    assert pictures.draw(with_teams(), "en") != drawn()


def test_pictures_leave_the_settings_of_matplotlib_alone() -> None:
    before = dict(mpl.rcParams)
    pictures.draw(with_teams(), "pl")
    assert dict(mpl.rcParams) == before


def test_pictures_of_what_is_not_there_are_left_out() -> None:
    listed = Table({"1816122": ListedCommune(Commune("1816122"))})
    alone = scenario(communes=CommuneChoice(listed=listed), variants=Table({}), networks=())
    assert list(run_scenario(alone, households=2_000).files("pl")) == [
        "result.parquet", "result.csv", "result.json", "summary.txt",
        "sectors.png", "sectors.svg", "gaps.png", "gaps.svg",
    ]  # fmt: skip
    nobody = run_scenario(evolve(alone, population=nobody_in_need()), households=50)
    assert (nobody.families, list(pictures.draw(nobody, "pl"))) == (0, [])
    assert "Nie brakuje żadnej." in nobody.summary("pl")


def nobody_in_need() -> Population:
    population = load_population()
    rural, urban = (
        evolve(part, in_need=evolve(part.in_need, value=0.0)) for part in (population.rural, population.urban)
    )
    return evolve(population, rural=rural, urban=urban)


def test_a_variant_without_an_effect_says_so_in_its_picture() -> None:
    nothing = Variant("nothing", Label("nic", "nothing"), add=("social_assistance_centre",))
    found = run_scenario(scenario(variants=Table({"nothing": nothing})))
    assert found.counts["nothing"].changed.sum() == 0
    assert pictures._changes(pictures._Pen(found, "pl")) == []
    assert "variants.png" in pictures.draw(found, "pl")


def test_the_largest_changes_are_told_with_their_sign() -> None:
    found = pictures._changes(pictures._Pen(with_teams(), "en"))
    assert found == sorted(found, key=lambda one: -abs(one[1]))
    assert len(found) <= 12
    texts = [text for text, _ in found]
    assert any(text.startswith("gap: ") for text in texts)
    rules = {text: difference for text, difference in found if text.endswith("(rules)")}
    assert all(difference < 0 for difference in rules.values())


def test_pictures_of_a_large_scenario_count_in_thousands() -> None:
    found = run_scenario(scenario(households=2_000_000, networks=()))
    drawn_ = pictures.draw(found, "pl")
    assert "variants.png" in drawn_


def test_the_pictures_of_families_from_a_table_are_by_families(tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    write_families(scenario(), path)
    found = run_scenario(scenario(table=str(path)))
    pen = pictures._Pen(found, "pl")
    group = found.groups[0]
    assert pen.whole(group, households=False) == found.families / 100
    assert "voivodeships.png" in pictures.draw(found, "pl")


def test_numbers_too_small_to_be_shown_are_not_drawn() -> None:
    found = evolve(result(), scenario=evolve(result().scenario, suppress_below=10**6))
    assert list(pictures.draw(found, "pl")) == ["voivodeships.png", "voivodeships.svg", "variants.png", "variants.svg"]


def drawn_teams(members: tuple[int, ...], limit: int = 5) -> Any:
    """The picture of teams of so many members in rural communes."""
    sizes = TeamSizes("base", CommuneClass.RURAL, members, (0,) * len(members), 0)
    found = evolve(result(), teams=(sizes,), scenario=evolve(result().scenario, suppress_below=limit))
    return pictures._teams(pictures._Pen(found, "en"))


def test_sizes_of_few_teams_have_no_bar_and_that_is_said() -> None:
    (axes,) = drawn_teams((2,) * 4 + (3,) * 5 + (4,) * 11 + (9,)).axes
    bars = [(round(bar.get_x() + bar.get_width() / 2), round(bar.get_height(), 3)) for bar in axes.patches]
    assert bars == [(3, 23.81), (4, 52.381)]
    assert [text.get_text() for text in axes.texts if text.get_text().isdigit()] == ["24", "52"]
    assert list(axes.get_xticks()) == [1, 2, 3, 4]
    said = "sizes that fewer than 5 of the sampled families have are left out"
    assert axes.get_xlabel() == f"institutions in the team\n({said})"
    (all_shown,) = drawn_teams((3,) * 5 + (4,) * 11).axes
    assert all_shown.get_xlabel() == "institutions in the team"


def test_without_a_size_of_enough_teams_there_is_no_picture_of_them() -> None:
    assert drawn_teams((2, 2, 3, 3, 4, 4)) is None
    assert drawn_teams((2, 2, 3, 3, 4, 4), limit=2) is not None


def test_sectors_of_few_families_have_no_bar() -> None:
    keys, demand = result().demand("sector", "required")
    totals = dict(zip(keys, demand.sum(axis=0).tolist(), strict=True))
    limit = sorted(total for total in totals.values() if total)[-9]
    pen = pictures._Pen(evolve(result(), scenario=evolve(result().scenario, suppress_below=limit)), "pl")
    figure = pictures._sectors(pen)
    assert figure is not None
    shown = sorted((total for total in totals.values() if total >= limit), reverse=True)[:15]
    assert 0 < len(shown) <= 9
    widths = [bar.get_width() for bar in figure.axes[0].patches]  # type: ignore[attr-defined]
    assert widths == pytest.approx([100 * total / result().families for total in shown])
