"""Communes by their TERYT code: which kind they are and what follows from it.

The structure rules of the code, the sixteen voivodeships and the 66 cities with powiat rights
were checked on the official TERC file (state of 2024-01-01) of GUS.
"""

from __future__ import annotations

import re
from enum import StrEnum

from attrs import field, frozen

from kooperacja_model.errors import CommuneError

__all__ = ["CITIES_WITH_POWIAT_RIGHTS", "VOIVODESHIPS", "Commune", "CommuneKind", "TerytCode"]

VOIVODESHIPS: dict[str, str] = {
    "02": "dolnośląskie",
    "04": "kujawsko-pomorskie",
    "06": "lubelskie",
    "08": "lubuskie",
    "10": "łódzkie",
    "12": "małopolskie",
    "14": "mazowieckie",
    "16": "opolskie",
    "18": "podkarpackie",
    "20": "podlaskie",
    "22": "pomorskie",
    "24": "śląskie",
    "26": "świętokrzyskie",
    "28": "warmińsko-mazurskie",
    "30": "wielkopolskie",
    "32": "zachodniopomorskie",
}

CITIES_WITH_POWIAT_RIGHTS: dict[str, str] = {
    "0261": "Jelenia Góra",
    "0262": "Legnica",
    "0264": "Wrocław",
    "0265": "Wałbrzych",
    "0461": "Bydgoszcz",
    "0462": "Grudziądz",
    "0463": "Toruń",
    "0464": "Włocławek",
    "0661": "Biała Podlaska",
    "0662": "Chełm",
    "0663": "Lublin",
    "0664": "Zamość",
    "0861": "Gorzów Wielkopolski",
    "0862": "Zielona Góra",
    "1061": "Łódź",
    "1062": "Piotrków Trybunalski",
    "1063": "Skierniewice",
    "1261": "Kraków",
    "1262": "Nowy Sącz",
    "1263": "Tarnów",
    "1461": "Ostrołęka",
    "1462": "Płock",
    "1463": "Radom",
    "1464": "Siedlce",
    "1465": "Warszawa",
    "1661": "Opole",
    "1861": "Krosno",
    "1862": "Przemyśl",
    "1863": "Rzeszów",
    "1864": "Tarnobrzeg",
    "2061": "Białystok",
    "2062": "Łomża",
    "2063": "Suwałki",
    "2261": "Gdańsk",
    "2262": "Gdynia",
    "2263": "Słupsk",
    "2264": "Sopot",
    "2461": "Bielsko-Biała",
    "2462": "Bytom",
    "2463": "Chorzów",
    "2464": "Częstochowa",
    "2465": "Dąbrowa Górnicza",
    "2466": "Gliwice",
    "2467": "Jastrzębie-Zdrój",
    "2468": "Jaworzno",
    "2469": "Katowice",
    "2470": "Mysłowice",
    "2471": "Piekary Śląskie",
    "2472": "Ruda Śląska",
    "2473": "Rybnik",
    "2474": "Siemianowice Śląskie",
    "2475": "Sosnowiec",
    "2476": "Świętochłowice",
    "2477": "Tychy",
    "2478": "Zabrze",
    "2479": "Żory",
    "2661": "Kielce",
    "2861": "Elbląg",
    "2862": "Olsztyn",
    "3061": "Kalisz",
    "3062": "Konin",
    "3063": "Leszno",
    "3064": "Poznań",
    "3261": "Koszalin",
    "3262": "Szczecin",
    "3263": "Świnoujście",
}

_WARSZAWA = "1465"
_CITIES_WITH_DELEGATIONS = ("0264", "1061", "1261", "3064")
_CODE = re.compile(r"[0-9]{7}")


class CommuneKind(StrEnum):
    """Kind of a commune, from the last digit of its TERYT code."""

    URBAN = "urban"
    RURAL = "rural"
    URBAN_RURAL = "urban_rural"


_KINDS = {"1": CommuneKind.URBAN, "2": CommuneKind.RURAL, "3": CommuneKind.URBAN_RURAL}


@frozen(order=True)
class TerytCode:
    """A checked TERYT (TERC) code of a commune or of a part of one.

    Seven digits `WWPPGGR`: voivodeship, powiat, commune in the powiat, type. Types 4 and 5 (town
    and rural part of an urban-rural commune) and 8 and 9 (districts of the largest cities) are
    accepted and resolved to their commune by `commune`.

    Raises:
        CommuneError: the text is no code; the message says which part is wrong.

    >>> TerytCode("3021164").commune.text
    '3021163'
    """

    text: str = field()

    @text.validator
    def _check(self, _: object, text: str) -> None:
        if not isinstance(text, str) or not _CODE.fullmatch(text):
            raise CommuneError("TERYT code: it is not seven digits; write for example '1816122', with quotes in YAML")
        if text[:2] not in VOIVODESHIPS:
            raise CommuneError("TERYT code: digits 1-2 are no voivodeship; they are even numbers from 02 to 32")
        if text[2:4] == "00":
            raise CommuneError("TERYT code: digits 3-4 are 00; a powiat has a number from 01")
        if text[4:6] == "00":
            raise CommuneError("TERYT code: digits 5-6 are 00; a commune has a number from 01")
        if text[6] not in "1234589":
            raise CommuneError("TERYT code: digit 7 is no type of commune; it is one of 1, 2, 3, 4, 5, 8, 9")
        if int(text[2:4]) >= 61:
            self._check_city(text)
        elif text[6] in "89":
            raise CommuneError("TERYT code: types 8 and 9 exist only inside the largest cities; use the city's code")

    @staticmethod
    def _check_city(text: str) -> None:
        if text[:4] not in CITIES_WITH_POWIAT_RIGHTS:
            raise CommuneError(
                "TERYT code: digits 3-4 from 61 up are cities with powiat rights; this is none of the 66"
            )
        if text[6] not in "189":
            raise CommuneError(
                "TERYT code: a city with powiat rights has type 1; write the city's code with a 1 at the end"
            )
        if text[6] == "1" and text[4:6] != "01":
            raise CommuneError("TERYT code: in a city with powiat rights digits 5-6 are 01")
        if text[6] == "8" and text[:4] != _WARSZAWA:
            raise CommuneError("TERYT code: type 8 exists only in Warszawa (1465); use the city's code")
        if text[6] == "9" and text[:4] not in _CITIES_WITH_DELEGATIONS:
            raise CommuneError(
                "TERYT code: type 9 exists only in Kraków, Łódź, Poznań and Wrocław; use the city's code"
            )

    @property
    def commune(self) -> TerytCode:
        """The code of the whole commune (types 1, 2, 3 are their own)."""
        if self.text[6] in "45":
            return TerytCode(self.text[:6] + "3")
        if self.text[6] in "89":
            return TerytCode(self.text[:4] + "011")
        return self

    @property
    def kind(self) -> CommuneKind:
        """The kind of the commune."""
        return _KINDS[self.commune.text[6]]

    @property
    def voivodeship(self) -> str:
        """The two digits of the voivodeship (see `VOIVODESHIPS`)."""
        return self.text[:2]

    @property
    def powiat(self) -> str:
        """The four digits of the powiat."""
        return self.text[:4]

    @property
    def has_powiat_rights(self) -> bool:
        """Whether the commune is a city with powiat rights."""
        return self.powiat in CITIES_WITH_POWIAT_RIGHTS

    @property
    def has_joint_ops_and_pcpr(self) -> bool:
        """Whether OPS and PCPR are one institution there (a city with powiat rights, but not Warszawa)."""
        return self.has_powiat_rights and self.powiat != _WARSZAWA

    @property
    def features(self) -> dict[str, bool]:
        """The features of the commune that follow from its code."""
        return {
            "land_powiat": not self.has_powiat_rights,
            "city_with_powiat_rights": self.has_powiat_rights,
            "joint_ops_pcpr": self.has_joint_ops_and_pcpr,
        }

    def __str__(self) -> str:
        return self.text


def _to_code(code: str | TerytCode) -> TerytCode:
    return (code if isinstance(code, TerytCode) else TerytCode(code)).commune


def _to_population(population: int | None) -> int | None:
    if population is not None and (isinstance(population, bool) or not isinstance(population, int) or population <= 0):
        raise CommuneError(
            "population: it is not a whole number above 0; write the number of inhabitants, for example 49000"
        )
    return population


@frozen
class Commune:
    """A commune (gmina).

    Args:
        code: TERYT code; a code of a part is resolved to its commune.
        population: number of inhabitants, needed for towns without powiat rights.
        name: name from an official register, if known.

    Raises:
        CommuneError: code or population cannot be used.

    >>> Commune("2475011").name
    'Sosnowiec'
    """

    code: TerytCode = field(converter=_to_code)
    population: int | None = field(default=None, converter=_to_population)
    name: str | None = field(default=None)

    def __attrs_post_init__(self) -> None:
        if self.name is None and self.code.has_powiat_rights:
            object.__setattr__(self, "name", CITIES_WITH_POWIAT_RIGHTS[self.code.powiat])

    @property
    def kind(self) -> CommuneKind:
        """The kind of the commune."""
        return self.code.kind
