"""Tables of families: three layouts, every form of an Arrow column, and one clear error for all that is wrong."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from small import small_model

from kooperacja_model.batch import Lists, Long, Program, Wide, arrow, compile_model, tables
from kooperacja_model.batch.tables import Batch, Families
from kooperacja_model.errors import TableError

SMALL = compile_model(small_model())
RURAL = compile_model("rural")


def given(program: Program, batches: list[Batch]) -> list[dict[str, bool | None]]:
    """What is known of each family: absent needs are left out, so are circumstances of which nothing is said."""
    rows = []
    for batch in batches:
        facts = batch.facts
        for row in range(facts.rows):
            found: dict[str, bool | None] = {}
            for number, key in enumerate(program.facts):
                known = number in facts.values or number in facts.absent
                if number in facts.valid:
                    known = bool(facts.valid[number][row // 8] >> (row % 8) & 1)
                present = number in facts.values and bool(facts.values[number][row // 8] >> (row % 8) & 1)
                if known and (present or key not in program.needs):
                    found[key] = present
            rows.append(found)
    return rows


def read(table: Any, layout: Any = Wide(), program: Program = SMALL, **arguments: Any) -> list[dict[str, bool | None]]:  # noqa: B008
    return given(program, Families(program, table, layout, **arguments).all())


def problems(table: Any, layout: Any = Wide(), program: Program = SMALL, **arguments: Any) -> tuple[str, ...]:  # noqa: B008
    """What is wrong with a table, read as a whole."""
    with pytest.raises(TableError) as caught:
        Families(program, table, layout, **arguments).all()
    return caught.value.problems


class TestWide:
    def test_columns_are_facts_null_is_unknown_and_a_need_without_column_is_absent(self) -> None:
        table = pa.table({"tenant": [True, False, None], "truancy": [True, False, False]})
        assert read(table) == [{"truancy": True, "tenant": True}, {"tenant": False}, {}]

    def test_circumstances_without_column_can_be_taken_as_absent_but_null_stays_unknown(self) -> None:
        table = pa.table({"truancy": [True, False], "tenant": [None, True], "owner": pa.nulls(2)})
        assert read(table, missing="absent") == [
            {"truancy": True, "child_under_3": False, "child_under_18": True},  # a truant is under 18
            {"tenant": True, "child_under_3": False, "child_under_18": False},
        ]

    def test_a_column_of_nulls_is_unknown_whatever_its_type(self) -> None:
        for kind in (pa.null(), pa.bool_()):
            families = Families(SMALL, pa.table({"tenant": pa.nulls(3, kind)}), Wide())
            (batch,) = families.all()
            assert batch.facts.values == {}
            assert given(SMALL, [batch]) == [{}, {}, {}]

    def test_columns_of_features_are_read_where_the_model_leaves_them_open(self) -> None:
        assert read(pa.table({"land_powiat": [True, None]})) == [{"land_powiat": True}, {}]

    def test_bits_of_whole_bytes_are_not_copied(self) -> None:
        column = pa.array([True, False] * 100)
        (batch,) = Families(SMALL, pa.table({"truancy": column, "tenant": column.slice(0, 200)}), Wide()).all()
        number = SMALL.facts.index("truancy")
        assert batch.facts.values[number].ctypes.data == column.buffers()[1].address

    @pytest.mark.parametrize("size", [0, 1, 7, 8, 63, 64, 65, 1000])
    def test_sliced_columns_are_read_right(self, size: int) -> None:
        rng = Random(size)
        for offset in (0, 1, 5, 8, 13, 64):
            needs = [rng.random() < 0.5 for _ in range(offset + size)]
            tenants = [rng.choice((True, False, None)) for _ in range(offset + size)]
            table = pa.table({"truancy": needs, "tenant": pa.array(tenants, pa.bool_())}).slice(offset, size)
            expected = [
                {**({"truancy": True} if need else {}), **({} if tenant is None else {"tenant": tenant})}
                for need, tenant in zip(needs[offset:], tenants[offset:], strict=True)
            ]
            assert read(table) == expected

    def test_columns_in_different_chunks_are_read_right(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(arrow, "MIN_ROWS", 20)
        rng = Random("chunks")
        needs = [rng.random() < 0.5 for _ in range(200)]
        tenants = [rng.random() < 0.5 for _ in range(200)]
        chunks = {
            "truancy": pa.chunked_array([needs[:3], needs[3:50], needs[50:50], needs[50:]]),
            "tenant": pa.chunked_array([tenants[:61], tenants[61:62], tenants[62:]]),
        }
        families = Families(SMALL, pa.table(chunks), Wide())
        batches = families.all()
        assert len(batches) > 2
        assert given(SMALL, batches) == [
            {**({"truancy": True} if need else {}), "tenant": tenant}
            for need, tenant in zip(needs, tenants, strict=True)
        ]

    def test_a_table_without_rows_has_no_batches(self) -> None:
        for table in (pa.table({"truancy": pa.array([], pa.bool_())}), pa.table({})):
            assert Families(SMALL, table, Wide()).all() == []
            assert list(Families(SMALL, table, Wide()).stream()) == []

    def test_other_columns_can_be_ignored_and_are_not_even_looked_at(self) -> None:
        table = pa.table({"truancy": [True], "name": ["Kowalska"], "tenant": ["yes"], "city": [True]})
        assert read(table, ignore=["name", "tenant", "city", "not there"]) == [{"truancy": True}]

    def test_a_fact_can_be_grouped_by(self) -> None:
        table = pa.table({"tenant": [True, None], "truancy": [True, False]})
        (batch,) = Families(SMALL, table, Wide(), by=["tenant"]).all()
        assert given(SMALL, [batch]) == [{"truancy": True, "tenant": True}, {}]
        assert [batch.groups[0].values[code] for code in batch.groups[0].codes] == [True, None]


class TestLists:
    def test_what_is_in_the_list_is_present_and_the_rest_unknown(self) -> None:
        table = pa.table({"facts": [["truancy", "tenant"], [], ["owner", "owner"]]})
        assert read(table, Lists("facts")) == [{"truancy": True, "tenant": True}, {}, {"owner": True}]

    def test_lists_may_all_be_empty(self) -> None:
        facts: Any
        for facts in ([[], []], pa.array([], pa.list_(pa.null()))):
            assert read(pa.table({"facts": facts}), Lists("facts")) == [{}] * len(facts)

    def test_what_is_in_no_list_can_be_taken_as_absent(self) -> None:
        table = pa.table({"facts": [["tenant"], ["truancy"]]})
        rest = {"child_under_3": False, "child_under_18": False, "owner": False}
        found = read(table, Lists("facts"), missing="absent")
        assert found == [{"tenant": True, **rest}, {"truancy": True, "tenant": False, **rest, "child_under_18": True}]

    def test_another_list_can_tell_what_is_absent(self) -> None:
        table = pa.table({"yes": [["truancy"], ["tenant"]], "no": [["tenant", "owner"], ["low_income"]]})
        assert read(table, Lists("yes", "no")) == [
            {"truancy": True, "tenant": False, "owner": False},
            {"tenant": True},
        ]

    @pytest.mark.parametrize("kind", [pa.list_(pa.string()), pa.large_list(pa.string_view())])
    def test_lists_of_every_text_type_and_offset_are_read(self, kind: Any) -> None:
        table = pa.table({"facts": pa.array([["owner"], ["truancy"], [], ["tenant"]], kind)})
        assert read(table.slice(1), Lists("facts")) == [{"truancy": True}, {}, {"tenant": True}]

    def test_lists_of_encoded_texts_are_read(self) -> None:
        keys = pa.array(["truancy", "owner"]).dictionary_encode()
        facts = pa.ListArray.from_arrays(pa.array([0, 1, 1, 2]), keys)
        assert read(pa.table({"facts": facts}), Lists("facts")) == [{"truancy": True}, {}, {"owner": True}]


class TestLong:
    def test_rows_of_a_family_are_put_together_in_the_order_of_the_families(self) -> None:
        table = pa.table({"family": [9, 4, 9, 4, 4], "fact": ["truancy", "tenant", "owner", "low_income", "tenant"]})
        families = Families(SMALL, table, Long("fact"), id="family")
        (batch,) = families.all()
        assert batch.ids.to_pylist() == [9, 4]
        assert given(SMALL, [batch]) == [{"truancy": True, "owner": True}, {"low_income": True, "tenant": True}]

    def test_a_column_can_tell_whether_the_fact_is_present(self) -> None:
        table = pa.table(
            {
                "family": ["a", "a", "a", "b", "b"],
                "fact": ["truancy", "tenant", "owner", "low_income", "tenant"],
                "present": [True, False, None, False, True],
            }
        )
        assert read(table, Long("fact", "present"), id="family") == [
            {"truancy": True, "tenant": False},
            {"tenant": True},
        ]
        none = table.set_column(2, "present", pa.nulls(5)).filter(pa.array([False, True, True, False, True]))
        assert read(none, Long("fact", "present"), id="family") == [{}, {}]

    def test_ids_may_be_encoded_and_in_chunks(self) -> None:
        ids = pa.chunked_array([pa.array(["b", "a"]).dictionary_encode(), pa.array(["a", "c"]).dictionary_encode()])
        table = pa.table({"family": ids, "fact": ["truancy", "tenant", "truancy", "owner"]})
        (batch,) = Families(SMALL, table, Long("fact"), id="family").all()
        assert batch.ids.to_pylist() == ["b", "a", "c"]
        assert given(SMALL, [batch]) == [{"truancy": True}, {"truancy": True, "tenant": True}, {"owner": True}]

    def test_commune_and_groups_are_those_of_the_family(self) -> None:
        table = pa.table(
            {
                "family": [1, 2, 1],
                "fact": ["truancy", "truancy", "tenant"],
                "teryt": ["2475011", None, "2475011"],
                "year": [2020, 2021, 2020],
            }
        )
        (batch,) = Families(SMALL, table, Long("fact"), id="family", commune="teryt", by=["year"]).all()
        assert [batch.groups[0].values[code] for code in batch.groups[0].codes] == [2020, 2021]
        assert [row.get("joint_ops_pcpr") for row in given(SMALL, [batch])] == [True, None]

    def test_a_table_without_rows_is_a_batch_without_families(self) -> None:
        table = pa.table({"family": pa.array([], pa.int64()), "fact": pa.array([], pa.string())})
        assert read(table, Long("fact"), id="family") == []
        batch = pa.RecordBatch.from_arrays([pa.array([], field.type) for field in table.schema], schema=table.schema)
        assert read([batch, batch], Long("fact"), id="family") == []


class TestCommunes:
    def test_they_decide_the_features_that_the_model_leaves_open(self) -> None:
        table = pa.table({"teryt": ["2416021", "2475011", None, "1465011", "1465028"]})
        assert read(table, commune="teryt") == [
            {"land_powiat": True, "city_with_powiat_rights": False, "joint_ops_pcpr": False},
            {"land_powiat": False, "city_with_powiat_rights": True, "joint_ops_pcpr": True},
            {},
            {"land_powiat": False, "city_with_powiat_rights": True, "joint_ops_pcpr": False},
            {"land_powiat": False, "city_with_powiat_rights": True, "joint_ops_pcpr": False},
        ]

    def test_they_may_all_be_unknown(self) -> None:
        assert read(pa.table({"teryt": pa.nulls(2)}), commune="teryt") == [{}, {}]

    def test_if_all_are_known_features_are_known(self) -> None:
        (batch,) = Families(SMALL, pa.table({"teryt": ["2416021"] * 9}), Wide(), commune="teryt").all()
        assert batch.facts.valid == {}
        assert len(batch.facts.values) == 3

    def test_under_other_models_they_are_only_checked(self) -> None:
        table = pa.table({"truancy": [True], "teryt": ["1816122"]})
        assert read(table, program=RURAL, commune="teryt") == [{"truancy": True}]
        assert problems(pa.table({"teryt": ["1816122", "Cycow"]}), program=RURAL, commune="teryt") == (
            "column 'teryt': no TERYT code of a commune in row 1; write seven digits, or null if it is not known",
        )


class TestStreams:
    def test_large_batches_are_split(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tables, "MAX_ROWS", 8)
        monkeypatch.setattr(arrow, "MIN_ROWS", 3)
        needs = [number % 3 == 0 for number in range(30)]
        families = Families(SMALL, pa.table({"truancy": needs, "id": range(30)}), Wide(), id="id")
        batches = list(families.stream())
        assert [batch.facts.rows for batch in batches] == [8, 8, 8, 6]
        assert given(SMALL, batches) == [{"truancy": True} if need else {} for need in needs]

    def test_a_batch_is_read_only_when_it_is_asked_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(arrow, "MIN_ROWS", 1)
        taken = []

        def batches() -> Any:
            for number in range(5):
                taken.append(number)
                yield pa.record_batch({"truancy": [True]})

        stream = Families(SMALL, batches(), Wide()).stream()
        next(stream)
        assert taken == [0]
        assert len(list(stream)) == 4

    def test_errors_name_rows_of_the_whole_table(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(arrow, "MIN_ROWS", 1)
        parts = [pa.record_batch({"truancy": [True] * 10}), pa.record_batch({"truancy": [True, None, None]})]
        stream = Families(SMALL, parts, Wide()).stream()
        next(stream)
        with pytest.raises(TableError, match="no value in 2 rows, the first is row 11;"):
            next(stream)

    def test_ids_are_compared_within_a_batch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(arrow, "MIN_ROWS", 1)
        one, two = ([pa.record_batch({"id": ids})] for ids in (["a", "b"], ["b", "c", "c"]))
        stream = Families(SMALL, [*one, *two], Wide(), id="id").stream()
        assert next(stream).ids.to_pylist() == ["a", "b"]
        with pytest.raises(TableError, match="an id that was there before in row 4;"):
            next(stream)


class TestAllThatIsWrongWithTheColumnsIsSaidAtOnce:
    def test_names_types_and_roles(self) -> None:
        table = pa.table(
            {"truancyy": [True], "tenant": ["yes"], "owner": [1], "name": ["Kowalska"], "city": [True], "list": [[1]]}
        )
        assert problems(table, id="identity", commune="owner", by=["list"]) == (
            "`id` names the column 'identity', which is not there; name one of the columns of the table",
            "column 'owner' is of type int64; write TERYT codes as text, with the leading zero",
            "column 'list' is of type list<item: int64>; make it text or numbers",
            "column 'truancyy' is no key of a need, circumstance or feature; did you mean 'truancy'?",
            "column 'tenant' is of type string; make it boolean",
            "column 'name' is no key of a need, circumstance or feature; add it to `ignore` if it is meant to be none",
            "column 'city' is fixed by the model 'city'; add it to `ignore`",
        )

    def test_names_that_are_there_twice(self) -> None:
        table = pa.Table.from_arrays([pa.array([True])] * 3, names=["truancy", "tenant", "truancy"])
        assert problems(table) == ("column 'truancy' is there 2 times; give each column its own name",)

    def test_a_column_that_is_not_there_with_the_nearest(self) -> None:
        assert problems(pa.table({"family_id": [1]}), id="familyid", ignore=["family_id"]) == (
            "`id` names the column 'familyid', which is not there; did you mean 'family_id'?",
        )

    def test_features_beside_a_commune(self) -> None:
        table = pa.table({"teryt": ["2475011"], "land_powiat": [False]})
        assert problems(table, commune="teryt") == (
            "column 'land_powiat' follows from the commune; add it to `ignore`",
        )

    def test_a_fact_to_group_by_must_be_boolean(self) -> None:
        assert problems(pa.table({"tenant": ["yes"]}), by=["tenant"]) == (
            "column 'tenant' is of type string; make it boolean",
        )

    def test_columns_of_lists(self) -> None:
        table = pa.table({"yes": ["truancy"], "no": [[1]], "tenant": [True], "other": [1]})
        assert problems(table, Lists("yes", "no")) == (
            "column 'yes' is of type string; make it lists of texts",
            "column 'no' is of type list<item: int64>; make it lists of texts",
            "column 'tenant' is not read in this layout; add it to `ignore`",
        )

    def test_columns_of_a_long_table(self) -> None:
        assert problems(pa.table({"fact": [1], "present": ["x"]}), Long("fact", "present")) == (
            "layout Long needs to know the family; name its column with `id=`",
            "column 'fact' is of type int64; make it text",
            "column 'present' is of type string; make it boolean",
        )


class TestArguments:
    TABLE = pa.table({"yes": [["truancy"]]})

    @pytest.mark.parametrize("layout", ["lists", Lists, None, "yes"])
    def test_a_layout_is_one_of_three_and_nothing_else(self, layout: Any) -> None:
        assert problems(self.TABLE, layout) == (
            "`layout` is none of Wide(), Lists(...), Long(...); import one from this package",
        )

    @pytest.mark.parametrize("name", [0, 3.5, ["yes"], b"yes"])
    def test_names_have_to_be_texts(self, name: Any) -> None:
        for argument in ("id", "commune", "by", "ignore"):
            given = name if argument in ("id", "commune") else [name]
            assert problems(self.TABLE, Lists("yes"), SMALL, **{argument: given}) == (
                f"`{argument}` takes only names; give them as texts",
            )
        assert problems(self.TABLE, Lists(name)) == ("`Lists.present` takes only names; give them as texts",)

    def test_one_name_need_not_be_put_in_a_list_but_a_number_is_none(self) -> None:
        table = self.TABLE.append_column("year", pa.array([2020])).append_column("tenant", pa.array([True]))
        (batch,) = Families(SMALL, table, Lists("yes"), by="year", ignore="tenant").all()
        assert batch.groups[0].values[0] == 2020
        for argument in ("by", "ignore"):
            assert problems(table, Lists("yes"), SMALL, **{argument: 3}) == (
                f"`{argument}` takes only names; give them as texts",
            )

    def test_names_that_would_come_out_twice_are_said_with_all_else(self) -> None:
        shown = [None, "year", "families", "year", None, "families", "sector"]
        assert problems(pa.table({"truancyy": [True], "year": [1]}), by=["year"], shown=shown) == (
            "column 'truancyy' is no key of a need, circumstance or feature; did you mean 'truancy'?",
            "column 'year' would come out 2 times; name it once, or rename it if the answer has such a column",
            "column 'families' would come out 2 times; name it once, or rename it if the answer has such a column",
        )


class TestAllThatIsWrongWithTheValuesIsSaidAtOnceAndNoValueIsRepeated:
    def test_in_wide_tables(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(arrow, "MIN_ROWS", 2)
        table = pa.table(
            {
                "truancy": pa.chunked_array([[True, None], [None, True, True]]),
                "low_income": [True, True, True, None, True],
                "id": pa.chunked_array([["Kowalska", "Nowak"], ["Kowalska", None, "Nowak"]]),
                "teryt": ["2475011", "Sosnowiec", None, "0000000", "2475011"],
            }
        )
        assert problems(table, id="id", commune="teryt") == (
            "column 'truancy': no value in 2 rows, the first is row 1; a need is reported or not, write true or false",
            (
                "column 'teryt': no TERYT code of a commune in 2 rows, the first is row 1; "
                "write seven digits, or null if it is not known"
            ),
            "column 'low_income': no value in row 3; a need is reported or not, write true or false",
            "column 'id': no id in row 3; name the family",
            "column 'id': an id that was there before in 2 rows, the first is row 2; give each family one row",
        )

    def test_numbers_as_ids(self) -> None:
        assert read(pa.table({"id": [3, 5, 8]}), id="id") == [{}, {}, {}]
        assert read(pa.table({"id": [5, 3, 8]}), id="id") == [{}, {}, {}]
        assert problems(pa.table({"id": [5, 3, 5]}), id="id") == (
            "column 'id': an id that was there before in row 2; give each family one row",
        )
        assert problems(pa.table({"id": [3, None, None]}), id="id") == (
            "column 'id': no id in 2 rows, the first is row 1; name the family",
        )

    def test_in_lists(self) -> None:
        lists = [["truancyy", "tenantt"], None, ["truancy", None], ["tenant"], ["Kowalska"]]
        table = pa.table({"yes": lists, "no": [[], [], [], ["tenant"], ["owner"]]})
        assert problems(table, Lists("yes", "no")) == (
            "column 'yes': no list in row 1; write an empty one",
            "column 'yes': no key of a need or circumstance in 2 rows, the first is row 0; did you mean 'truancy'?",
            "column 'yes': null instead of a key in row 2; leave it out",
            "column 'yes': a fact is given as present and as absent in row 3; give it once",
        )
        assert problems(pa.table({"yes": [["Kowalska"]]}), Lists("yes")) == (
            (
                "column 'yes': no key of a need or circumstance in row 0; "
                "`kooperacja list needs` and `kooperacja list circumstances` show the keys"
            ),
        )

    def test_features_are_not_named_in_lists(self) -> None:
        assert len(problems(pa.table({"yes": [["land_powiat"]]}), Lists("yes"))) == 1

    def test_in_long_tables(self) -> None:
        table = pa.table(
            {
                "family": ["a", None, "b", "b", "c", "c", "d"],
                "fact": ["truancyy", "tenant", "tenant", "tenant", None, "truancy", "truancy"],
                "present": [True, True, True, False, True, None, True],
                "teryt": ["2475011", None, "2475011", "2416021", None, None, "Sosnowiec"],
                "year": [1, 1, 1, 2, 3, 4, 5],
            }
        )
        assert problems(table, Long("fact", "present"), id="family", commune="teryt", by=["year"]) == (
            "column 'family': no id in row 1; name the family",
            "column 'fact': no key of a need or circumstance in row 0; did you mean 'truancy'?",
            "column 'fact': null instead of a key in row 4; leave it out",
            "column 'present': no value for a need in row 5; a need is reported or not, write true or false",
            "column 'fact': a fact is given as present and as absent in row 2; give it once",
            "column 'teryt': not the same as in the first row of the family in row 3",
            "column 'year': not the same as in the first row of the family in 2 rows, the first is row 3",
            "column 'teryt': no TERYT code of a commune in row 6; write seven digits, or null if it is not known",
        )

    def test_nothing_is_computed_from_a_wrong_table(self) -> None:
        families = Families(SMALL, pa.table({"truancy": [None]}), Wide())
        with pytest.raises(TableError):
            next(families.stream())


def test_groups_are_labels_in_every_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow, "MIN_ROWS", 1)
    table = pa.table({"year": pa.chunked_array([[2020, 2021], [2021, None]]), "truancy": [True] * 4})
    batches = Families(SMALL, table, Wide(), by=["year"]).all()
    read_back = [batch.groups[0].values[code] for batch in batches for code in batch.groups[0].codes]
    assert read_back == [2020, 2021, 2021, None]
    assert all(isinstance(batch.groups[0].codes, np.ndarray) for batch in batches)
