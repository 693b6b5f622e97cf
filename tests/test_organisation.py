"""How the models organise cooperation: every fact that the notes mark as found is in the data, with its source.

The lists below were written from the notes on the three models, not from the YAML files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import pytest

from kooperacja_model import Basis, CooperationModel, Label, Source, TerytCode, load_catalogue, load_model
from kooperacja_model.commune import CommuneKind
from kooperacja_model.organisation import Body, Document, Film, Known, Part, Pilot, Role, Stage

MODELS = ("rural", "urban_rural", "city")

BODIES = {
    "rural": {
        "pzk": Part.BOTH,
        "g_pzk": Part.DESIGNS,
        "zespol_diagnostyczny": Part.DIAGNOSES,
        "wzk": Part.SUPPORTS,
        "zespol_ds_modelu": Part.PROJECT,
        "komitet_sterujacy": Part.PROJECT,
    },
    "urban_rural": {
        "rgr": Part.SUPPORTS,
        "pgd": Part.DESIGNS,
        "pgr": Part.DESIGNS,
        "pzk": Part.DECIDES,
        "ggk": Part.WORKS,
        "zespol_opracowania_modelu": Part.PROJECT,
        "zespol_wdrazania_modelu": Part.PROJECT,
        "komitet_sterujacy": Part.PROJECT,
    },
    "city": {
        "pzk": Part.DECIDES,
        "zzk": Part.WORKS,
        "regional_thematic_group": Part.SUPPORTS,
        "steering_committee": Part.PROJECT,
        "model_team": Part.DESIGNS,
    },
}
NAMES = {
    ("rural", "pzk"): ("PZK", "Partnerski Zespół Kooperacji"),
    ("rural", "g_pzk"): ("G-PZK", "Gminno-Powiatowy Zespół Kooperacji"),
    ("rural", "zespol_diagnostyczny"): (None, "Zespół Diagnostyczny"),
    ("rural", "wzk"): ("WZK", "Wojewódzki Zespół Kooperacji"),
    ("urban_rural", "rgr"): ("RGR", "Regionalna Grupa Refleksyjna"),
    ("urban_rural", "pgd"): ("PGD", "Powiatowa Grupa Decydentów"),
    ("urban_rural", "pgr"): ("PGR", "Powiatowa Grupa Refleksyjna"),
    ("urban_rural", "pzk"): ("PZK", "Partnerski Zespół Kooperacji"),
    ("urban_rural", "ggk"): ("GGK", "Gminna Grupa Kooperacji"),
    ("city", "pzk"): ("PZK", "Partnerski Zespół Kooperacyjny"),
    ("city", "zzk"): ("ZZK", "Zadaniowy Zespół Kooperacyjny"),
}
ALSO = {
    ("rural", "pzk"): {
        "powiatowo-gminny Partnerski Zespół Kooperacji",
        "Gminno-Powiatowy Partnerski Zespół Kooperacji",
        "Gminno-Powiatowy Zespół Kooperacji",
        "Powiatowy Zespół Kooperacji",
    },
    ("rural", "g_pzk"): {"GPZ-K"},
    ("urban_rural", "pzk"): {"Partnerski Zespół Kooperacyjny"},
    ("urban_rural", "ggk"): {"Gminna Grupa Kooperacyjna"},
    ("city", "pzk"): {"Profesjonalny Zespół Kooperantów"},
}
MEMBERS = {
    ("rural", "pzk"): {
        *("county_council", "municipal_council", "pcpr", "municipal_office", "social_assistance_centre"),
        *("culture_centre", "primary_school", "interdisciplinary_team", "police_unit", "ngo_local"),
        *("county_office", "family_court", "addiction_commission"),
    },
    ("rural", "g_pzk"): {
        *("family_court", "police_unit", "social_assistance_centre", "pcpr", "primary_school", "ngo_local"),
        *("culture_centre", "nursery", "sds", "seniors_council", "farm_women_circle"),
    },
    ("rural", "wzk"): {
        *("education_superintendent", "voivodeship_police", "regional_court", "voivodeship_labour_office"),
        *("voivodeship_office", "marshal_office", "pfron", "public_benefit_council", "voivodeship_sanitary_station"),
    },
    ("urban_rural", "pzk"): {
        *("social_assistance_centre", "pcpr", "labour_office", "primary_school", "kindergarten"),
        *("pp_counselling_centre", "library", "culture_centre", "sports_club", "police_unit", "prison", "ngo_local"),
        *("village_head", "municipal_office", "county_office"),
    },
    ("urban_rural", "ggk"): {"social_assistance_centre"},
    ("city", "pzk"): {
        *("social_assistance_centre", "pcpr", "dps", "day_care_home", "sds", "homeless_shelter"),
        *("social_services_centre", "residential_childcare", "nursery", "labour_office", "zus_branch"),
        *("primary_school", "pp_counselling_centre", "poz_clinic", "hospital", "family_court", "probation_officer"),
        *("police_unit", "fire_service", "culture_centre", "library", "addiction_commission", "self_help_group"),
        *("ngo_local", "parish", "tbs_sim", "housing_manager", "municipal_office", "county_office"),
    },
    ("city", "zzk"): {"social_assistance_centre", "zus_branch", "housing_manager", "sds", "municipal_office"},
}
ALWAYS = {
    ("rural", "pzk"): {"social_assistance_centre", "pcpr"},
    ("urban_rural", "pzk"): set(),
    ("city", "pzk"): {"social_assistance_centre"},
}
ROLES = {
    "rural": {
        *("animator_gminny", "animator_powiatowy", "czlonek_pzk", "czlonek_zespolu_diagnostycznego", "doradca"),
        *("superwizor", "ekspert", "konsultant", "kierownik_projektu", "pracownik_socjalny"),
    },
    "urban_rural": {
        *("koordynator_ggk", "pracownik_socjalny", "doradca", "regionalny_animator", "animator_makroregionalny"),
        *("osoba_decyzyjna", "ekspert", "ops_koordynator"),
    },
    "city": {
        *("lider", "partner_strategiczny", "kooperant", "animator_partnerstw", "ekspert_ds_modelu"),
        *("pracownik_ds_sieci", "pracownik_socjalny", "osoba_wspierana", "superwizor", "coach"),
    },
}
STAGES = {
    "rural": [
        *("recruitment", "wzk_agreement", "agreement_with_region", "agreement_of_partners", "first_meeting"),
        *("diagnosis_with_family", "individual_programme", "implementation", "summary"),
    ],
    "urban_rural": [
        *("meeting_with_authorities", "preparation_of_ops", "choice_of_families", "diagnosis", "agreement"),
        *("forming_ggk", "work_with_family", "pilot_report"),
    ],
    "city": [
        *("agreement_with_voivodeship", "diagnosis_of_ops_resources", "identification_of_local_resources"),
        *("preliminary_choice_of_families", "first_initiating_meeting", "second_initiating_meeting"),
        *("formalising_meeting", "work_of_pzk", "setting_up_zzk", "diagnosis_and_support", "reporting_and_evaluation"),
    ],
}
DOCUMENTS = {
    "rural": {
        *("karta_zgloszeniowa", "porozumienie_wzk", "porozumienie_wojewodztwo_powiat_gmina"),
        *("porozumienie_powiat_gmina", "deklaracja_o_wspolpracy", "wywiad_srodowiskowy", "genogram"),
        *("diagnoza_wielowymiarowa", "ipw", "sprawozdanie_z_pilotazu", "rekomendacje_do_modelu"),
        *("model_kooperacji", "ksiega_rekomendacyjna"),
    },
    "urban_rural": {
        *("porozumienie", "deklaracja", "diagnoza_gminy", "karty_kosztow_zaniechania", "raport_z_pilotazu"),
        *("schemat_modelu", "narzedzia_i_zalaczniki", "ksiega_rekomendacyjna", "zalozenia_prawne"),
    },
    "city": {
        *("porozumienie_o_wspolpracy", "regulamin_przystapienia", "ramowy_regulamin_pzk"),
        *("metodologia_koszyka_uslug", "rejestr_wzajemnych_korzysci", "deklaracja_przystapienia"),
        "lokalny_koszyk_uslug",
    },
}
ALSO_USED_AT = {("rural", "implementation", "ipw")}
"""A document is made at one stage; the IPW is made at one and carried out at the next."""

FIGURES = {
    "rural": {
        "authors_persons": "596",
        "authors_entities": "419",
        "authors_teams": "40",
        "authors_voivodeship_staff": "27",
        "making_communes": "40",
        "making_counties": "30",
        "making_communes_podkarpackie": "8",
        "making_counties_podkarpackie": "6",
        "making_communes_swietokrzyskie": "8",
        "making_counties_swietokrzyskie": "6",
        "making_communes_podlaskie": "8",
        "making_counties_podlaskie": "6",
        "consultation_participants_rzeszow": "27",
        "planned_communes": "30",
        "planned_counties": "24",
        "entities_cooperating": "350",
        "entities_planned": "350",
        "covered_programmes": "172",
        "successful_programmes": "140",
        "not_completed": "32",
        "successful_share": "81,4",
        "pzk_working_time": "16",
        "family_cooperation_time": "10-13",
        "regional_support_time": "21",
        "effective_system_share": "86,34",
        "professional_growth": "86,34",
        "effectiveness_with_families": "74",
        "effectiveness_growth": "74",
        "loniow_families": "7",
        "zarzecze_families_disability": "31",
        "zarzecze_large_families": "17",
        "zarzecze_team_institutions": "11",
        "bieliny_declaration_institutions": "10",
        "bieliny_meetings": "7",
        "known_communes": "24",
        "testing_communes_podlaskie": "6",
        "testing_counties_podlaskie": "4",
        "testing_communes_lubelskie": "6",
        "testing_counties_lubelskie": "4",
        "testing_communes_swietokrzyskie": "6",
        "testing_counties_swietokrzyskie": "4",
        "testing_communes_podkarpackie": "6",
        "total_cost": "27 773 272,46",
        "total_cost_original": "12 893 583,46",
        "mcps_funding": "4 365 958,44",
        "social_package_swietokrzyskie": "56 tys.",
        "social_package_press": "~60 tys.",
        "social_package_zarzecze": "ok. 56 000",
    },
    "urban_rural": {
        "counties": "20",
        "communes": "30",
        "counties_kujawsko_pomorskie": "3",
        "counties_lubuskie": "3",
        "counties_pomorskie": "4",
        "counties_warminsko_mazurskie": "3",
        "counties_wielkopolskie": "4",
        "counties_zachodniopomorskie": "3",
        "institutions_korsze": "28",
        "institutions_reszel": "24",
        "institutions_milomlyn": "15",
        "institutions_morag": "14",
        "institutions_swarzedz": "10",
        "families_asked_for": "5",
        "expert_meetings_planned": "9",
        "total_cost": "31 604 368,34",
        "state_grant": "4 868 206,71",
        "earlier_value": "11 977 479,39",
        "communes_known": "15",
    },
    "city": {
        "supported_per_commune_plan": "5-10",
        "malopolskie_communes_plan": "5",
        "malopolskie_counties_plan": "5",
        "malopolskie_communes_thanked": "6",
        "local_governments_with_agreements": "50",
        "counties_with_agreements": "20",
        "communes_with_agreements": "30",
        "consultation_meetings": "20",
        "slaskie_pzk": "15",
        "slaskie_meetings_2019": "45",
        "slaskie_workshops_2019": "30",
        "slaskie_workshops": "42",
        "slaskie_coaching_hours": "1200",
        "slaskie_supervision_hours": "550",
        "lodzkie_local_governments": "8",
        "lodzkie_coached_workers": "16",
        "lodzkie_coaching_hours": "201",
        "lodzkie_trainings": "8",
        "lodzkie_training_participants": "211",
        "lodzkie_model_team_meetings": "9",
        "sosnowiec_families": "1",
        "sosnowiec_persons": "4",
        "sosnowiec_zzk_meetings": "11",
        "planned_phase_1_months": "12",
        "planned_phase_2_months": "18",
        "planned_phase_3_months": "3",
        "planned_phase_4_months": "3",
    },
}
CONFLICTS = {
    "rural": {
        ("effective_system_share", "professional_growth"),
        ("effectiveness_growth", "effectiveness_with_families"),
        ("entities_cooperating", "entities_planned"),
    },
    "urban_rural": {("earlier_value", "total_cost")},
    "city": {("malopolskie_communes_plan", "malopolskie_communes_thanked")},
}
COMMUNES = {
    "rural": {
        "Narewka": "2005092",
        "Kolno": "2006032",
        "Łomża": "2007022",
        "Piątnica": "2007052",
        "Wysokie Mazowieckie": "2013102",
        "Kobylin-Borzymy": "2013052",
        "Korycin": "2011032",
        "Szudziałowo": "2011102",
        "Nowinka": "2001052",
        "Leśniowice": "0603072",
        "Konopnica": "0609082",
        "Wólka": "0609142",
        "Cyców": "0610012",
        "Spiczyn": "0610062",
        "Tomaszów Lubelski": "0618112",
        "Oksa": "2602052",
        "Bieliny": "2604012",
        "Łoniów": "2609052",
        "Zarzecze": "1814092",
        "Przeworsk": "1814062",
        "Świlcza": "1816122",
        "Trzebownisko": "1816132",
        "Iwierzyce": "1815012",
        "Krempna": "1805062",
        "Krościenko Wyżne": "1807062",
        "Kuryłówka": "1808032",
        "Ostrów": "1815022",
        "Liw": "1433042",
        "Stoczek": "1433082",
        "Słupno": "1419122",
    },
    "urban_rural": {
        "Gniewkowo": "0407033",
        "Kruszwica": "0407063",
        "Kcynia": "0410013",
        "Nakło nad Notecią": "0410033",
        "Tuchola": "0416063",
        "Kartuzy": "2205023",
        "Żukowo": "2205083",
        "Dzierzgoń": "2216013",
        "Korsze": "2808043",
        "Reszel": "2808053",
        "Miłomłyn": "2815073",
        "Morąg": "2815083",
        "Pisz": "2816033",
        "Krobia": "3004033",
        "Swarzędz": "3021163",
    },
    "city": {
        "Zawiercie": "2416021",
        "Żory": "2479011",
        "Rybnik": "2473011",
        "Knurów": "2405011",
        "Cieszyn": "2403011",
        "Dąbrowa Górnicza": "2465011",
        "Mikołów": "2408021",
        "Sosnowiec": "2475011",
        "Będzin": "2401011",
        "Lubliniec": "2407011",
        "Siemianowice Śląskie": "2474011",
        "Częstochowa": "2464011",
        "Mysłowice": "2470011",
        "Tarnowskie Góry": "2413041",
        "Bielsko-Biała": "2461011",
        "Łódź": "1061011",
        "Piotrków Trybunalski": "1062011",
        "Łowicz": "1005011",
        "Zgierz": "1020031",
        "Zduńska Wola": "1019011",
        "Sieradz": "1014011",
        "Tomaszów Mazowiecki": "1016011",
        "Radomsko": "1012011",
        "Bochnia": "1201011",
        "Gorlice": "1205011",
        "Kraków": "1261011",
        "Nowy Targ": "1211011",
        "Oświęcim": "1213011",
        "Zakopane": "1217011",
    },
}
KINDS = {"rural": CommuneKind.RURAL, "urban_rural": CommuneKind.URBAN_RURAL, "city": CommuneKind.URBAN}
WITHOUT_CODE = {"rural": {"Wodzisław", "Łopuszno", "Bogoria", "powiat otwocki"}, "urban_rural": set(), "city": set()}
"""Wodzisław, Łopuszno and Bogoria have become towns with villages, so their code of the pilot no longer holds."""

TEAMS: dict[str, dict[str, tuple[str, str | None, set[str]]]] = {
    "rural": {
        "loniow_2019": (
            "pzk",
            "2019-07-09",
            {
                *("county_council", "municipal_council", "pcpr", "municipal_office", "social_assistance_centre"),
                *("culture_centre", "primary_school", "interdisciplinary_team", "police_unit", "ngo_local"),
            },
        ),
        "wolka": (
            "pzk",
            None,
            {
                *("county_office", "pcpr", "municipal_office", "municipal_council", "social_assistance_centre"),
                *("family_court", "police_unit", "ngo_local"),
            },
        ),
        "kolno_2019": (
            "pzk",
            "2019-12",
            {
                *("social_assistance_centre", "municipal_council", "pcpr", "addiction_commission"),
                "interdisciplinary_team",
            },
        ),
        "wysokie_mazowieckie_2020": (
            "pzk",
            "2020-10-06",
            {
                *("county_office", "municipal_office", "pcpr", "social_assistance_centre", "county_council"),
                *("municipal_council", "ngo_local"),
            },
        ),
        "wegrow_2019": (
            "pzk",
            "2019-06-26",
            {
                *("county_office", "municipal_office", "social_assistance_centre", "pcpr"),
                *("crisis_intervention_centre", "regional_social_policy_centre"),
            },
        ),
        "zarzecze_2018": (
            "g_pzk",
            None,
            {
                *("family_court", "police_unit", "social_assistance_centre", "pcpr", "primary_school", "ngo_local"),
                *("culture_centre", "nursery", "sds"),
            },
        ),
        "bieliny_2018": ("g_pzk", None, {"seniors_council", "police_unit", "farm_women_circle", "ngo_local"}),
        "krempna_2018": ("g_pzk", None, {"pcpr", "family_court", "police_unit"}),
        "slupno_2018": ("g_pzk", "2018-07-30", {"police_unit", "ngo_local"}),
        "wzk_podkarpackie_2019": (
            "wzk",
            "2019-05-13",
            {
                *("marshal_office", "voivodeship_office", "regional_court", "voivodeship_police"),
                *("education_superintendent", "pfron", "public_benefit_council"),
            },
        ),
        "wzk_podlaskie_2019": (
            "wzk",
            "2019-05-06",
            {
                *("marshal_office", "voivodeship_office", "voivodeship_police", "education_superintendent"),
                "voivodeship_labour_office",
            },
        ),
        "wzk_swietokrzyskie_2019": (
            "wzk",
            "2019-04-18",
            {
                *("education_superintendent", "voivodeship_labour_office", "voivodeship_sanitary_station"),
                *("regional_court", "voivodeship_police", "marshal_office"),
            },
        ),
        "wzk_lubelskie": (
            "wzk",
            None,
            {
                *("voivodeship_police", "voivodeship_office", "pfron", "regional_court", "marshal_office"),
                "voivodeship_labour_office",
            },
        ),
    },
    "urban_rural": {
        **{
            key: (
                "pzk",
                "2020",
                {
                    *("social_assistance_centre", "pcpr", "primary_school", "police_unit", "prison", "ngo_local"),
                    *("village_head", "municipal_office", "county_office"),
                },
            )
            for key in ("korsze", "reszel")
        },
        **{
            key: (
                "pzk",
                None,
                {
                    *("social_assistance_centre", "pcpr", "labour_office", "primary_school", "police_unit"),
                    *("ngo_local", "village_head", "municipal_office"),
                },
            )
            for key in ("milomlyn", "morag")
        },
        "swarzedz": (
            "pzk",
            "2020",
            {
                *("social_assistance_centre", "labour_office", "primary_school", "kindergarten"),
                *("pp_counselling_centre", "library", "sports_club", "ngo_local"),
            },
        ),
        "krobia": ("pzk", "2020", {"social_assistance_centre", "labour_office", "primary_school", "ngo_local"}),
    },
    "city": {
        "zdunska_wola": ("pzk", None, {"social_assistance_centre", "pcpr", "pp_counselling_centre"}),
        "zawiercie_2019": ("pzk", "2019-09-27", {"social_assistance_centre", "police_unit"}),
        "knurow_2019": ("pzk", "2019-11-18", {"social_assistance_centre", "pcpr", "labour_office"}),
        "mikolow_2019": (
            "pzk",
            "2019-11-28",
            {"social_assistance_centre", "nursery", "labour_office", "police_unit", "ngo_local"},
        ),
        "zgierz": (
            "pzk",
            None,
            {
                *("social_assistance_centre", "pcpr", "residential_childcare", "labour_office", "police_unit"),
                *("culture_centre", "library", "ngo_local", "parish"),
            },
        ),
        "tomaszow_mazowiecki": ("pzk", None, {"social_assistance_centre", "pcpr", "labour_office", "police_unit"}),
        "bedzin": (
            "pzk",
            None,
            {"social_assistance_centre", "pcpr", "labour_office", "police_unit", "fire_service"},
        ),
        "sosnowiec_zzk_2020": (
            "zzk",
            None,
            {"social_assistance_centre", "zus_branch", "housing_manager", "sds", "municipal_office"},
        ),
    },
}
PRESENT_BUT_NO_MEMBER = {("rural", "wegrow_2019"): {"crisis_intervention_centre", "regional_social_policy_centre"}}
"""Węgrów: the page lists who was present at the signing; it does not say that they all joined the team."""

MILESTONES: dict[str, dict[str, tuple[str | None, str | None]]] = {
    "rural": {
        "kamien_1": ("2018-04-01", "2019-03-31"),
        "kamien_2": ("2019-04-01", "2020-12-31"),
        "kamien_3": ("2021-01-01", "2021-03-31"),
        "kamien_4": ("2021-04-01", "2021-06-30"),
    },
    "urban_rural": {
        "etap_1": ("2018-04", "2019-03"),
        "etap_2": ("2019-04", "2020-09"),
        "porozumienia": ("2020-01", "2020-03"),
        "spotkanie_podsumowujace": ("2021-01-29", "2021-01-29"),
        "konsultacja_olsztyn": ("2018-12-04", "2018-12-04"),
        "rgr_lubuskie_2": ("2019-01-30", "2019-01-30"),
        "komitety_sterujace": ("2019-06-26", "2019-06-27"),
        "wnioski_dla_pgd": ("2021-03-24", "2021-03-30"),
    },
    "city": {
        "model_adopted": ("2019-03-29", "2019-03-29"),
        "kamien_2": ("2019-04-01", "2020-12-31"),
        "kamien_3": (None, "2021-03-31"),
        "consultation_version": ("2019-02-12", "2019-02-12"),
        "project_end_first_plan": (None, "2021-03"),
        "project_end_krakow": (None, "2023-09-30"),
    },
}
FILMS = {
    "rural": {"-z-Ij1Dp56Q", "m45pLG4T6bI"},
    "urban_rural": {"7KLmGBw4kCw", "06iA-4kOTsI", "CPZTYrSVgNM"},
    "city": {"XLilz3kclOQ", "pdLYcto1Tdw"},
}
PILLARS = {
    *("joint_decisions", "dialogue", "joint_action", "responsibility", "identity_of_persons_and_places"),
    "empowerment",
}
LEVELS = {"rural": {"institution", "worker"}, "urban_rural": set(), "city": {"institution", "worker", "client"}}
PEOPLE = re.compile(
    r"\b(?:dr|mgr|ks)\.? (?=[A-ZŁŚŻ])|\bprof\.|\bpan(?:i|em)? [A-ZŁŚŻ]|"
    r"Tomulewicz|Marek-Zborowska|Szluz|Barnaś|Rymsza|dyrektor(?:em|a)? [A-ZŁŚŻ][a-ząćęłńóśźż]+ [A-ZŁŚŻ]"
)
"""Titles, and the surnames that the notes mention."""


def every(value: Any, kind: type) -> Iterator[Any]:
    """All values of a type in frozen data, however deep."""
    if isinstance(value, kind):
        yield value
    if isinstance(value, Mapping):
        for item in value.values():
            yield from every(item, kind)
    elif isinstance(value, tuple):
        for item in value:
            yield from every(item, kind)
    elif attrs.has(type(value)):
        for attribute in attrs.fields(type(value)):
            yield from every(getattr(value, attribute.name), kind)


def organisation(model: CooperationModel) -> tuple[Any, ...]:
    sections = ("purpose", "target", "entry", "exit", "principles", "levels", "bodies", "roles", "stages", "documents")
    return tuple(getattr(model, name) for name in (*sections, "pilot", "not_known"))


def cited(model: CooperationModel) -> Iterator[tuple[str, tuple[Source, ...]]]:
    """Everything that has sources, with a name for it."""
    for part in organisation(model):
        for value in every(part, object):
            if attrs.has(type(value)) and hasattr(value, "sources"):
                yield getattr(value, "key", type(value).__name__), value.sources


class TestEveryFactOfTheNotesIsThere:
    @pytest.mark.parametrize("key", MODELS)
    def test_bodies_and_what_they_are_there_for(self, key: str) -> None:
        assert {name: body.part for name, body in load_model(key).bodies.items()} == BODIES[key]

    @pytest.mark.parametrize(("key", "body"), NAMES)
    def test_bodies_have_the_names_of_their_model(self, key: str, body: str) -> None:
        found = load_model(key).bodies[body]
        assert (found.abbreviation, found.label.pl) == NAMES[key, body]

    @pytest.mark.parametrize(("key", "body"), ALSO)
    def test_other_names_of_a_body_are_kept(self, key: str, body: str) -> None:
        assert set(load_model(key).bodies[body].also) == ALSO[key, body]

    @pytest.mark.parametrize(("key", "body"), MEMBERS)
    def test_members_of_a_body(self, key: str, body: str) -> None:
        assert set(load_model(key).bodies[body].members) == MEMBERS[key, body]

    @pytest.mark.parametrize(("key", "body"), ALWAYS)
    def test_only_those_whom_every_description_names_always_sit_there(self, key: str, body: str) -> None:
        members = load_model(key).bodies[body].members
        assert {name for name, member in members.items() if member.known is Known.ALWAYS} == ALWAYS[key, body]

    @pytest.mark.parametrize("key", MODELS)
    def test_roles(self, key: str) -> None:
        assert set(load_model(key).roles) == ROLES[key]

    @pytest.mark.parametrize("key", MODELS)
    def test_stages_in_their_order(self, key: str) -> None:
        assert list(load_model(key).stages) == STAGES[key]

    @pytest.mark.parametrize("key", MODELS)
    def test_documents(self, key: str) -> None:
        assert set(load_model(key).documents) == DOCUMENTS[key]

    @pytest.mark.parametrize("key", MODELS)
    def test_figures_with_their_values(self, key: str) -> None:
        assert {name: figure.value for name, figure in load_model(key).pilot.figures.items()} == FIGURES[key]

    def test_figures_without_a_whole_address_are_kept_among_what_is_not_known(self) -> None:
        note = load_model("city").not_known["project_budget"].pl
        assert "22 681 431,03" in note
        assert "5 830 029,87" in note

    @pytest.mark.parametrize("key", MODELS)
    def test_communes_with_their_codes(self, key: str) -> None:
        pilot = load_model(key).pilot
        assert {commune.name: code for code, commune in pilot.communes.items()} == COMMUNES[key]
        assert {commune.name for commune in pilot.names_only} == WITHOUT_CODE[key]

    @pytest.mark.parametrize("key", MODELS)
    def test_teams_with_body_date_and_members(self, key: str) -> None:
        teams = load_model(key).pilot.teams
        assert {name: (team.body, team.date, set(team.members)) for name, team in teams.items()} == TEAMS[key]

    @pytest.mark.parametrize("key", MODELS)
    def test_milestones_with_their_dates(self, key: str) -> None:
        milestones = load_model(key).pilot.milestones
        assert {name: (milestones[name].start, milestones[name].end) for name in MILESTONES[key]} == MILESTONES[key]

    @pytest.mark.parametrize("key", MODELS)
    def test_films(self, key: str) -> None:
        films = load_model(key).pilot.films.values()
        assert {film.address.partition("watch?v=")[2] for film in films} == FILMS[key]

    def test_the_six_pillars_of_the_city_model_and_no_principles_where_none_were_found(self) -> None:
        assert set(load_model("city").principles) >= PILLARS
        for key in ("rural", "urban_rural"):
            assert list(load_model(key).principles) == []
            assert "principles" in load_model(key).not_known

    @pytest.mark.parametrize("key", MODELS)
    def test_levels_of_cooperation(self, key: str) -> None:
        found = set(load_model(key).levels)
        assert found >= LEVELS[key]
        assert bool(found) is bool(LEVELS[key])

    @pytest.mark.parametrize("key", MODELS)
    def test_what_was_not_found_is_said_and_not_filled(self, key: str) -> None:
        model = load_model(key)
        assert {"competence_matrix"} <= set(model.not_known)
        assert bool(model.exit) is (key == "rural")
        assert "exit" in model.not_known or "exit_criteria" in model.not_known or key == "rural"


class TestWhatTheModelsSay:
    def test_a_task_team_starts_only_after_the_partnership_is_formal(self) -> None:
        model = load_model("city")
        stages = list(model.stages)
        formal = stages.index("formalising_meeting")
        assert model.bodies["zzk"].before == ("formalising_meeting",)
        assert all(stages.index(key) > formal for key, stage in model.stages.items() if "zzk" in stage.bodies)
        assert model.stages["formalising_meeting"].gate is not None
        assert "ZZK" in model.stages["formalising_meeting"].gate.pl

    def test_the_library_says_which_meaning_of_the_urban_rural_team_it_uses_and_why(self) -> None:
        note = load_model("urban_rural").bodies["pzk"].note
        assert note is not None
        for word in ("Dwa znaczenia", "Toruń", "Poznań", "Olsztyn", "bo", "propozycją biblioteki"):
            assert word in note.pl

    def test_the_strategic_partner_is_only_in_a_land_powiat(self) -> None:
        held = load_model("city").roles["partner_strategiczny"].held_by
        assert held is not None
        assert held.institutions == ("pcpr",)
        assert "ziemskim" in held.text.pl

    def test_the_diagnostic_team_is_said_to_be_seen_in_one_place_only(self) -> None:
        body = load_model("rural").bodies["zespol_diagnostyczny"]
        assert body.note is not None
        assert "tylko w Wólce" in body.note.pl
        assert {source.basis for source in body.sources} == {Basis.PRACTICE}

    def test_the_family_has_its_place_in_the_body_that_works_on_its_case(self) -> None:
        with_family = {(key, name) for key in MODELS for name, body in load_model(key).bodies.items() if body.family}
        assert with_family == {("rural", "pzk"), ("urban_rural", "ggk"), ("city", "zzk")}


class TestItHangsTogether:
    @pytest.mark.parametrize("key", MODELS)
    def test_a_body_starts_after_stages_that_come_before_its_own_work(self, key: str) -> None:
        model = load_model(key)
        stages = list(model.stages)
        for name, body in model.bodies.items():
            own = [stages.index(stage.key) for stage in model.stages.values() if name in stage.bodies]
            needed = [stages.index(stage) for stage in body.before]
            assert not own or not needed or min(needed) <= max(own), name

    @pytest.mark.parametrize("key", MODELS)
    def test_documents_of_stages_and_stages_of_documents_agree(self, key: str) -> None:
        model = load_model(key)
        by_stage = {(stage.key, document) for stage in model.stages.values() for document in stage.documents}
        by_document = {(document.stage, document.key) for document in model.documents.values() if document.stage}
        assert by_document <= by_stage
        assert {(key, *pair) for pair in by_stage - by_document} == {entry for entry in ALSO_USED_AT if entry[0] == key}

    @pytest.mark.parametrize("key", MODELS)
    def test_every_member_of_a_real_team_is_known_in_its_body(self, key: str) -> None:
        model = load_model(key)
        found = {
            (key, name): missing
            for name, team in model.pilot.teams.items()
            if (missing := set(team.members) - set(model.bodies[team.body].members))
        }
        assert found == {entry: who for entry, who in PRESENT_BUT_NO_MEMBER.items() if entry[0] == key}

    @pytest.mark.parametrize("key", MODELS)
    def test_conflicting_figures_stand_side_by_side_with_a_note(self, key: str) -> None:
        figures = load_model(key).pilot.figures
        pairs = {(name, other) for name, figure in figures.items() for other in figure.conflicts_with}
        assert pairs == {(b, a) for a, b in pairs}
        assert {tuple(sorted(pair)) for pair in pairs} == CONFLICTS[key]
        assert [name for name, _ in pairs if figures[name].note is None] == []

    @pytest.mark.parametrize(
        ("key", "first", "second"), [(k, *pair) for k, pairs in CONFLICTS.items() for pair in sorted(pairs)]
    )
    def test_conflicting_figures_are_never_the_same_statement(self, key: str, first: str, second: str) -> None:
        figures = load_model(key).pilot.figures
        assert figures[first].label != figures[second].label

    @pytest.mark.parametrize("key", MODELS)
    def test_codes_of_communes_are_whole_communes_of_the_kind_of_the_model(self, key: str) -> None:
        model = load_model(key)
        for text in model.pilot.communes:
            code = TerytCode(text)
            assert code.commune == code
            assert code.kind is KINDS[key]
            assert code.voivodeship in model.voivodeships

    @pytest.mark.parametrize("key", MODELS)
    def test_a_team_belongs_to_a_commune_of_the_pilot(self, key: str) -> None:
        pilot = load_model(key).pilot
        assert {team.commune for team in pilot.teams.values() if team.commune} <= set(pilot.communes)

    @pytest.mark.parametrize("key", MODELS)
    def test_milestones_do_not_end_before_they_begin(self, key: str) -> None:
        milestones = load_model(key).pilot.milestones.values()
        assert [m.key for m in milestones if m.start and m.end and m.end < m.start[: len(m.end)]] == []


class TestCited:
    @pytest.mark.parametrize("key", MODELS)
    def test_everything_has_a_source(self, key: str) -> None:
        found = list(cited(load_model(key)))
        assert len(found) > 150
        assert [name for name, sources in found if not sources] == []

    @pytest.mark.parametrize("key", MODELS)
    def test_every_source_is_a_page_or_an_act_of_the_catalogue(self, key: str) -> None:
        catalogue = load_catalogue()
        for name, sources in cited(load_model(key)):
            for source in sources:
                assert source.page is None or source.page == catalogue.pages[source.page.key], name
                assert source.act is None or source.act == catalogue.acts[source.act.key], name

    @pytest.mark.parametrize("key", MODELS)
    def test_law_and_model_are_never_cited_without_an_address_or_a_journal(self, key: str) -> None:
        for name, sources in cited(load_model(key)):
            for source in sources:
                if source.basis in (Basis.STATUTE, Basis.MODEL):
                    addresses = [thing.address for thing in (source.page, source.act) if thing is not None]
                    journal = source.act is not None and source.act.journal
                    assert any(addresses) or journal, name

    @pytest.mark.parametrize("key", MODELS)
    def test_practice_has_a_page_and_a_proposal_of_the_library_cites_nothing(self, key: str) -> None:
        for name, sources in cited(load_model(key)):
            for source in sources:
                if source.basis is Basis.PRACTICE:
                    assert source.page is not None, name
                if source.basis is Basis.DESIGN:
                    assert (source.page, source.act) == (None, None), name

    @pytest.mark.parametrize("key", MODELS)
    def test_no_person_is_named(self, key: str) -> None:
        texts = [text for part in organisation(load_model(key)) for text in every(part, str)]
        assert len(texts) > 300
        assert [text for text in texts if PEOPLE.search(text)] == []

    @pytest.mark.parametrize("key", MODELS)
    def test_both_languages_say_something(self, key: str) -> None:
        labels: list[Label] = [label for part in organisation(load_model(key)) for label in every(part, Label)]
        assert [label for label in labels if not (label.pl.strip() and label.en.strip())] == []


def test_the_data_is_made_of_the_classes_of_organisation() -> None:
    model = load_model("rural")
    assert isinstance(model.pilot, Pilot)
    for section, kind in (("bodies", Body), ("roles", Role), ("stages", Stage), ("documents", Document)):
        assert {type(term) for term in getattr(model, section).values()} == {kind}
    assert {type(film) for film in model.pilot.films.values()} == {Film}
