"""Pictures of the result of a scenario, as PNG and SVG; needs the extra `plot` (matplotlib).

The colours are those of Okabe and Ito, which people with colour blindness can tell apart; where
points stand for kinds, they have different shapes too.
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
from attrs import frozen
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from kooperacja_model.population import CommuneClass
from kooperacja_model.provenance import Lang
from kooperacja_model.scenario import Grouping
from kooperacja_model.simulation.counting import BASE
from kooperacja_model.simulation.result import KINDS, Group, ScenarioResult
from kooperacja_model.simulation.summary import number, whole_percent

__all__ = ["draw"]

_COLOURS = {
    CommuneClass.RURAL.value: "#009E73",
    CommuneClass.URBAN_RURAL.value: "#E69F00",
    CommuneClass.TOWN.value: "#56B4E9",
    CommuneClass.CITY_WITH_POWIAT_RIGHTS.value: "#0072B2",
}
_MARKS = dict(zip(_COLOURS, "osD^", strict=True))
_GREY, _LIGHT = "#555555", "#D9D9D9"
_MORE, _LESS = "#D55E00", "#0072B2"
_MAP = LinearSegmentedColormap.from_list("more_or_less", [_LESS, "#F7F7F7", _MORE])
_MOST = 15
_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": _GREY,
    "axes.titlelocation": "left",
    "axes.titlesize": 13,
    "axes.titleweight": "bold",
    "svg.fonttype": "path",
    "svg.hashsalt": "kooperacja_model",
}

_WORDS: dict[str, tuple[str, str]] = {
    "sectors": ("Które sektory są potrzebne", "Which sectors are needed"),
    "sectors_sub": (
        "% rodzin w potrzebie, dla których sektor jest wymagany; szary pasek: wszystkie rodziny ({families})",
        "% of the families in need for which the sector is required; grey bar: all {families} families",
    ),
    "gaps": ("Których kompetencji brakuje na miejscu", "Which competences nobody there holds"),
    "gaps_sub": (
        "rodziny, które jej wymagają, a nikt obsługujący ich gminę jej nie ma; w nawiasie % wymagających",
        "families that require it while nobody who serves their commune holds it; in brackets % of those requiring it",
    ),
    "heat": ("Zapotrzebowanie w województwach", "Demand by voivodeship"),
    "heat_sub": (
        "rodziny, dla których sektor jest wymagany, na 1000 gospodarstw",
        "families for which the sector is required, per 1,000 households",
    ),
    "heat_sub_families": (
        "% rodzin w potrzebie, dla których sektor jest wymagany",
        "% of the families in need for which the sector is required",
    ),
    "heat_colours": (
        "pomarańczowe: więcej niż we wszystkich gminach razem, niebieskie: mniej",
        "orange: more than in all communes together, blue: less",
    ),
    "teams": ("Jak duże są zespoły", "How large the teams are"),
    "teams_sub": (
        "% zespołów według liczby instytucji; próba {families} rodzin",
        "% of teams by number of institutions; a sample of {families} families",
    ),
    "members": ("instytucje w zespole", "institutions in the team"),
    "rare": (
        "pominięto wielkości, które ma mniej niż {limit} rodzin próby",
        "sizes that fewer than {limit} of the sampled families have are left out",
    ),
    "mean": ("średnio {mean}, w tym {outside} spoza gminy", "mean {mean}, of them {outside} from outside"),
    "variants": ("Ilu rodzin dotyczą zmiany", "How many families the changes concern"),
    "variants_sub": ("% rodzin w potrzebie", "% of the families in need"),
    "changed": ("inna propozycja", "other advice"),
    "coverage": ("inne braki na miejscu", "other gaps"),
    "differences": ("Co zmienia się najbardziej", "What changes most"),
    "differences_sub": (
        "różnica liczby rodzin wobec stanu obecnego, w tysiącach",
        "difference in families from the present state, in thousands",
    ),
    "differences_one": (
        "różnica liczby rodzin wobec stanu obecnego",
        "difference in families from the present state",
    ),
    "required": ("wymagane: {name}", "required: {name}"),
    "missing": ("brak: {name}", "gap: {name}"),
    "nothing": ("nic z tego, co wymagane", "nothing that is required"),
}


@frozen(eq=False)
class _Pen:
    """Draws for one result in one language."""

    result: ScenarioResult
    lang: Lang

    def say(self, key: str, **values: object) -> str:
        return _WORDS[key][self.lang == "en"].format(**values)

    def name(self, kind: str, key: str, width: int = 38) -> str:
        return _wrapped(self.result.label(kind, key)[self.lang == "en"], width)

    def short(self, kind: str, key: str) -> str:
        """A name up to its first comma or bracket."""
        return re.split(r",| \(", self.result.label(kind, key)[self.lang == "en"])[0]

    def whole(self, group: Group, households: bool) -> float:
        """Thousands of households of a group, or hundreds of families in need."""
        if households:
            return sum(self.result.communes[int(place)].households for place in group.places) / 1000
        return self.families(group) / 100

    def ticks(self, axis: Any, suffix: str = "") -> None:
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{number(value, self.lang)}{suffix}"))

    def kinds(self) -> tuple[Group, ...]:
        return self.result.grouped(Grouping.KIND)

    def families(self, group: Group) -> int:
        return int(self.result.counts[BASE.key].families[group.places].sum())


def draw(result: ScenarioResult, lang: Lang) -> dict[str, bytes]:
    """The pictures of a result, by file name; pictures of what is not there are left out."""
    pen = _Pen(result, lang)
    drawings: dict[str, Callable[[_Pen], Figure | None]] = {
        "sectors": _sectors,
        "gaps": _gaps,
        "voivodeships": _voivodeships,
        "teams": _teams,
        "variants": _variants,
    }
    found: dict[str, bytes] = {}
    with mpl.rc_context():
        mpl.rcdefaults()
        settings: Any = mpl.rcParams
        settings.update(_STYLE)
        for name, drawing in drawings.items():
            figure = drawing(pen)
            if figure is not None:
                found[f"{name}.png"] = _saved(figure, "png")
                figure.set_layout_engine("none")  # it has been laid out
                found[f"{name}.svg"] = _saved(figure, "svg")
    return found


def _saved(figure: Figure, kind: str) -> bytes:
    """A picture without a date and other things that change from run to run."""
    sink = io.BytesIO()
    metadata = {"Software": None} if kind == "png" else {"Date": None, "Creator": None}
    figure.savefig(sink, format=kind, dpi=150, metadata=metadata, facecolor="white")
    return sink.getvalue()


def _wrapped(text: str, width: int) -> str:
    return "\n".join(textwrap.wrap(text, width, break_long_words=False))


def _canvas(height: float, width: float = 9.0) -> Figure:
    return Figure(figsize=(width, height), layout="constrained")


def _titled(axes: Any, title: str, below: str, width: int = 82) -> None:
    """A heading, with what is shown below it."""
    lines = _wrapped(below, width)
    axes.set_title(title, pad=8 + 13 * (1 + lines.count("\n")))
    axes.annotate(lines, (0, 1), (0, 5), "axes fraction", textcoords="offset points", color=_GREY, fontsize=9.5)


def _shown(pen: _Pen, counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Numbers with those too small to be shown as not a number."""
    return np.where((counts > 0) & (counts < pen.result.scenario.suppress_below), np.nan, counts.astype(float))


# -- one picture each ------------------------------------------------------------------------------


def _sectors(pen: _Pen) -> Figure | None:
    keys, demand = pen.result.demand("sector", "required")
    totals = _shown(pen, demand.sum(axis=0))
    order = [place for place in np.argsort(-np.nan_to_num(totals), kind="stable")[:_MOST] if totals[place] > 0]
    if not order:
        return None
    figure = _canvas(1.8 + 0.44 * len(order))
    axes = figure.subplots()
    rows = np.arange(len(order))[::-1]
    axes.barh(rows, 100 * totals[order] / pen.result.families, color="#ECECEC", height=0.84, zorder=1)
    kinds = pen.kinds()
    for place, group in enumerate(kinds):
        its = _shown(pen, demand[group.places].sum(axis=0)[order])
        shift = 0.22 * ((len(kinds) - 1) / 2 - place)
        axes.plot(100 * its / max(pen.families(group), 1), rows + shift, _MARKS[group.key], color=_COLOURS[group.key],
                  markersize=6, clip_on=False, label=group.label.text(pen.lang), zorder=3)  # fmt: skip
    axes.set_yticks(rows, [pen.name("sector", keys[place], 44) for place in order])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="white", zorder=2)
    axes.set_xlim(0, 101)
    axes.set_ylim(-0.6, len(order) - 0.4)
    pen.ticks(axes.xaxis, "%")
    _titled(axes, pen.say("sectors"), pen.say("sectors_sub", families=number(pen.result.families, pen.lang)))
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure


def _gaps(pen: _Pen) -> Figure | None:
    base = pen.result.counts[BASE.key]
    totals = _shown(pen, base.gaps.sum(axis=0))
    order = [place for place in np.argsort(-np.nan_to_num(totals), kind="stable")[:_MOST] if totals[place] > 0]
    if not order:
        return None
    keys, demand = pen.result.demand("competence", "required")
    required = demand.sum(axis=0)
    figure = _canvas(2.0 + 0.5 * len(order))
    axes = figure.subplots()
    rows = np.arange(len(order))[::-1]
    left = np.zeros(len(order))
    for group in pen.kinds():
        its = np.nan_to_num(_shown(pen, base.gaps[group.places].sum(axis=0)[order]))
        axes.barh(rows, its, left=left, color=_COLOURS[group.key], height=0.65, label=group.label.text(pen.lang))
        left += its
    for row, place in zip(rows, order, strict=True):
        share = whole_percent(totals[place], required[place], pen.lang)
        text = f" {number(totals[place], pen.lang)} ({share}%)"
        axes.text(totals[place], row, text, va="center", ha="left", color=_GREY)
    axes.set_yticks(rows, [pen.name("competence", keys[place]) for place in order])
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, float(totals[order].max()) * 1.22)
    axes.spines["bottom"].set_visible(False)
    axes.set_xticks([])
    _titled(axes, pen.say("gaps"), pen.say("gaps_sub"))
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure


def _voivodeships(pen: _Pen) -> Figure | None:
    groups = pen.result.grouped(Grouping.VOIVODESHIP)
    if len(groups) < 2:
        return None
    keys, demand = pen.result.demand("sector", "required")
    order = np.argsort(-demand.sum(axis=0), kind="stable")[:12]
    households = pen.result.households > 0
    wholes = np.array([pen.whole(group, households) for group in groups])
    numbers = np.array([_shown(pen, demand[group.places].sum(axis=0)[order]) for group in groups])
    values = numbers / np.maximum(wholes, 1e-9)[:, np.newaxis]
    usual = demand.sum(axis=0)[order] / max(float(wholes.sum()), 1e-9)
    rows = np.argsort(-np.nan_to_num(values).sum(axis=1), kind="stable")
    values = values[rows]
    ratio = values / np.maximum(usual, 1e-9)
    figure = _canvas(3.0 + 0.36 * len(groups), 11)
    axes = figure.subplots()
    axes.imshow(np.clip(ratio, 0, 2), cmap=_MAP, aspect="auto", vmin=0, vmax=2)
    for row, column in np.ndindex(values.shape):
        value = values[row, column]
        text = "–" if np.isnan(value) else number(value, pen.lang, 1)
        strong = abs(ratio[row, column] - 1) > 0.85
        axes.text(column, row, text, ha="center", va="center", color="white" if strong else "black", fontsize=9)
    axes.set_yticks(range(len(groups)), [groups[row].label.text(pen.lang) for row in rows])
    axes.set_xticks(range(len(order)), [pen.short("sector", keys[place]) for place in order], rotation=40,
                    ha="right", rotation_mode="anchor", fontsize=9)  # fmt: skip
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    what = pen.say("heat_sub" if households else "heat_sub_families")
    _titled(axes, pen.say("heat"), f"{what}; {pen.say('heat_colours')}", 110)
    return figure


def _teams(pen: _Pen) -> Figure | None:
    base = [sizes for sizes in pen.result.teams if sizes.variant == BASE.key]
    found = [(sizes, its) for sizes in base if (its := pen.result.sizes_shown(sizes))]
    if not found:
        return None
    most = max(its[-1] for _, its in found)
    figure = _canvas(1.5 + 1.35 * len(found))
    panels = figure.subplots(len(found), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    for axes, (sizes, its) in zip(panels, found, strict=True):
        whole = len(sizes.members)
        counts = [sizes.members.count(size) for size in its]
        axes.bar(its, [100 * count / whole for count in counts], color=_COLOURS[sizes.kind.value], width=0.8)
        for size, count in zip(its, counts, strict=True):
            shown = whole_percent(count, whole, pen.lang)
            axes.text(size, 100 * count / whole, shown, ha="center", va="bottom", fontsize=8.5, color=_GREY)
        text = pen.say("mean", mean=number(float(np.mean(sizes.members)), pen.lang, 1),
                       outside=number(float(np.mean(sizes.outside)), pen.lang, 1))  # fmt: skip
        name = KINDS[sizes.kind].text(pen.lang)
        axes.text(1, 0.95, f"{name}\n{text}", transform=axes.transAxes, ha="right", va="top", linespacing=1.4)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_ylim(0, axes.get_ylim()[1] * 1.08)
    panels[-1].set_xticks(range(1, most + 1))
    panels[-1].set_xlim(0.3, most + 0.7)
    rare = any(set(sizes.members) - set(its) for sizes, its in found)
    below = pen.say("rare", limit=pen.result.scenario.suppress_below)
    panels[-1].set_xlabel(pen.say("members") + (f"\n({below})" if rare else ""))
    total = sum(len(sizes.members) for sizes, _ in found)
    _titled(panels[0], pen.say("teams"), pen.say("teams_sub", families=number(total, pen.lang)))
    return figure


def _variants(pen: _Pen) -> Figure | None:
    variants = pen.result.scenario.variants
    if not variants or not pen.result.families:
        return None
    changes = _changes(pen)
    figure = _canvas(3.2 + 0.62 * len(variants) + 0.42 * max(len(changes), 1), 10)
    upper, lower = figure.subplots(2, 1, height_ratios=[0.9 + len(variants), 0.9 + 0.6 * max(len(changes), 1)])
    rows = np.arange(len(variants))[::-1]
    for key, colour, shift in (("changed", "#0072B2", 0.19), ("coverage_changed", "#E69F00", -0.19)):
        counts = np.array([getattr(pen.result.counts[variant], key).sum() for variant in variants])
        shares = 100 * _shown(pen, counts) / pen.result.families
        lengths = np.nan_to_num(shares)
        label = pen.say("changed" if key == "changed" else "coverage")
        upper.barh(rows + shift, lengths, height=0.36, color=colour, label=label)
        for row, length, share in zip(rows, lengths, shares, strict=True):
            text = " -" if np.isnan(share) else f" {number(share, pen.lang, 1)}%"
            upper.text(length, row + shift, text, va="center", color=_GREY, fontsize=9)
    upper.set_yticks(rows, [_wrapped(variant.label.text(pen.lang), 34) for variant in variants.values()])
    upper.tick_params(axis="y", length=0)
    upper.set_xlim(0, max(upper.get_xlim()[1] * 1.12, 1))
    upper.set_xticks([])
    upper.spines["bottom"].set_visible(False)
    figure.legend(loc="outside upper right", ncols=2, frameon=False)
    _titled(upper, pen.say("variants"), pen.say("variants_sub"))
    _draw_changes(pen, lower, changes)
    return figure


def _changes(pen: _Pen) -> list[tuple[str, int]]:
    """The largest differences in required sectors and in gaps, with what they are."""
    found: list[tuple[str, int]] = []
    base = pen.result.counts[BASE.key]
    for key, variant in pen.result.scenario.variants.items():
        name = variant.label.text(pen.lang)
        keys, demand = pen.result.demand("sector", "required", key)
        _, before = pen.result.demand("sector", "required")
        for sector, difference in zip(keys, (demand - before).sum(axis=0).tolist(), strict=True):
            what = pen.say("required", name=pen.result.label("sector", sector)[pen.lang == "en"])
            found.append((f"{_wrapped(what, 60)}\n({name})", difference))
        gaps = (pen.result.counts[key].gaps - base.gaps).sum(axis=0).tolist()
        for competence, difference in zip(pen.result.competences, gaps, strict=True):
            what = pen.say("missing", name=pen.result.label("competence", competence)[pen.lang == "en"])
            found.append((f"{_wrapped(what, 60)}\n({name})", difference))
    limit = max(pen.result.scenario.suppress_below, 1)
    return sorted((one for one in found if abs(one[1]) >= limit), key=lambda one: -abs(one[1]))[:12]


def _draw_changes(pen: _Pen, axes: Any, changes: list[tuple[str, int]]) -> None:
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_xticks([])
    if not changes:
        axes.set_yticks([])
        axes.text(0, 0.8, pen.say("nothing"), transform=axes.transAxes, color=_GREY)
        _titled(axes, pen.say("differences"), "")
        return
    ordered = sorted(changes, key=lambda one: -one[1])
    rows = np.arange(len(ordered))[::-1]
    values = np.array([value for _, value in ordered], dtype=float)
    thousands = bool(np.abs(values).max() >= 10_000)
    axes.barh(rows, values, color=[_MORE if value > 0 else _LESS for value in values], height=0.65)
    axes.axvline(0, color=_GREY, linewidth=0.8)
    for row, value in zip(rows, values, strict=True):
        shown = number(value / 1000, pen.lang, 1) if thousands else number(value, pen.lang)
        text = f" {'+' if value > 0 else ''}{shown} "
        axes.text(value, row, text, va="center", ha="left" if value > 0 else "right", color=_GREY, fontsize=9)
    axes.set_yticks(rows, [text for text, _ in ordered], fontsize=9)
    low, high = min(values.min(), 0), max(values.max(), 0)
    margin = 0.16 * (high - low)
    axes.set_xlim(low - (margin if low else 0), high + (margin if high else 0))
    axes.set_ylim(len(ordered) - max(len(ordered), 2) - 0.6, len(ordered) - 0.4)
    _titled(axes, pen.say("differences"), pen.say("differences_sub" if thousands else "differences_one"))
