"""Facts and answers in 64-bit integers: every bit stands where the layout says, and comes back."""

from __future__ import annotations

from hashlib import sha256
from itertools import product
from typing import Any

import pyarrow as pa
import pytest
from random_families import random_families, wide_table

from kooperacja_model import load_catalogue
from kooperacja_model.batch import Lists, Long, compile_model, recommend_batch
from kooperacja_model.batch.cluster import Partition, sums
from kooperacja_model.batch.packed import PackedAnswers, PackedFacts, Plane, pack_table, unpack_table
from kooperacja_model.errors import TableError

MODELS = ("rural", "urban_rural", "city")
SIZES = (0, 1, 7, 8, 63, 64, 65, 130, 1500)
CATALOGUE = load_catalogue()
FACTS = (*CATALOGUE.needs, *CATALOGUE.circumstances)
FEATURES = tuple(sorted(CATALOGUE.features))


@pytest.fixture(scope="module")
def families() -> Any:
    table = wide_table(random_families("packed", 1500))
    return table.append_column("family", pa.array(range(100, 1600)))


def bit(table: Any, place: tuple[str, int], row: int) -> bool | None:
    """A bit of a packed column, by plain arithmetic."""
    word = table[place[0]][row].as_py()
    return None if word is None else bool(word % 2**64 // 2 ** place[1] % 2)


class TestEveryBitStandsWhereTheLayoutSays:
    def test_facts_and_what_is_known_of_them(self, families: Any) -> None:
        layout = PackedFacts.of("city")
        packed = pack_table("city", families, commune="teryt", id="family")
        features = {"land_powiat": "1816122", "city_with_powiat_rights": "1465011", "joint_ops_pcpr": "2475011"}
        for row in range(0, 1500, 31):
            for key in FACTS:
                given = families[key][row].as_py()
                assert bit(packed, layout.facts.place(key), row) == bool(given), key
                if key in CATALOGUE.circumstances:
                    assert bit(packed, layout.known.place(f"{key}?"), row) == (given is not None), key
            code = families["teryt"][row].as_py()
            for key in FEATURES:
                known = key in features and code is not None
                assert bit(packed, layout.facts.place(f"{key}?"), row) == known, key
                if known and code == features[key]:
                    assert bit(packed, layout.facts.place(key), row), key

    def test_answers(self, families: Any) -> None:
        result = recommend_batch("city", families, commune="teryt", id="family")
        answer, layout = result.to_arrow(), PackedAnswers.of(result.columns)
        packed = layout.pack(answer)
        for row, name in product(range(0, 1500, 487), layout.names):
            assert bit(packed, layout.place(name), row) == answer[name][row].as_py(), name

    def test_the_order_is_that_of_the_catalogue_and_the_alphabet(self) -> None:
        layout = PackedFacts.of("rural")
        known = tuple(f"{key}?" for key in FEATURES)
        assert layout.facts.bits == (*FACTS, *FEATURES, *known)
        assert layout.known.bits == tuple(f"{key}?" for key in CATALOGUE.circumstances)

    def test_column_names_are_a_hash_of_format_and_bits(self) -> None:
        digest = sha256(b"kooperacja_model/packed/1\nplane\na\nb").hexdigest()[:8]
        assert Plane("plane", ("a", "b")).columns == (f"plane_{digest}_0",)
        assert Plane("plane", ("b", "a")).columns != Plane("plane", ("a", "b")).columns
        assert len(Plane("plane", tuple(map(str, range(64)))).columns) == 1
        assert len(Plane("plane", tuple(map(str, range(65)))).columns) == 2

    def test_all_models_share_one_layout(self) -> None:
        assert len({PackedFacts.of(model) for model in MODELS}) == 1
        assert PackedFacts.of(compile_model("city")) == PackedFacts.of("rural")

    def test_bits_that_are_no_fact_are_zero(self, families: Any) -> None:
        layout = PackedFacts.of("city")
        packed = pack_table("city", families, ignore=["teryt", "family"])
        used = len(layout.facts.bits) - 64
        assert all(0 <= word < 2**used for word in packed[layout.facts.columns[1]].to_pylist())
        assert all(0 <= word < 2 ** len(layout.known.bits) for word in packed[layout.known.columns[0]].to_pylist())


class TestWhatIsPackedComesBack:
    @pytest.mark.parametrize("rows", SIZES)
    @pytest.mark.parametrize("start", [0, 3])
    def test_facts_of_any_number_of_families(self, families: Any, rows: int, start: int) -> None:
        table = families.slice(start, rows).drop_columns(["teryt", "family"])
        back = unpack_table("rural", pack_table("rural", table))
        assert back.select(table.column_names).equals(table.combine_chunks())

    @pytest.mark.parametrize("rows", SIZES)
    def test_answers_of_any_number_of_families(self, families: Any, rows: int) -> None:
        part = families.slice(0, rows)
        result = recommend_batch("urban_rural", part, ignore=["teryt"], id="family")
        answer, layout = result.to_arrow().combine_chunks(), PackedAnswers.of(result.columns)
        packed = layout.pack(answer)
        assert packed.column_names == ["family", *layout.columns]
        assert layout.unpack(packed).equals(answer)
        assert layout.unpack(pa.concat_tables([packed.slice(0, 3), packed.slice(3)])).equals(answer)

    def test_families_without_an_answer_stay_without(self) -> None:
        given = pa.table({"municipal_tenant": [True, True, False], "private_tenant": [False, True, False]})
        table = given.append_column("eviction_risk", pa.array([True] * 3))
        result = recommend_batch("rural", table, outputs=["sectors"], contradictions="null")
        layout = PackedAnswers.of(result.columns)
        packed = layout.pack(result.to_arrow())
        assert [packed[name].null_count for name in packed.column_names] == [1] * len(layout.columns)
        assert layout.unpack(packed).equals(result.to_arrow().combine_chunks())

    @pytest.mark.parametrize("model", MODELS)
    def test_answers_to_packed_facts_are_those_to_the_table(self, families: Any, model: str) -> None:
        expected = recommend_batch(model, families, commune="teryt", id="family").to_arrow()
        kept = pack_table(model, families, id="family", keep=["teryt"], ignore=[])
        its = unpack_table(model, kept, features=False)
        assert recommend_batch(model, its, commune="teryt", id="family").to_arrow().equals(expected)
        derived = unpack_table(model, pack_table(model, families, id="family", commune="teryt"))
        assert recommend_batch(model, derived, id="family").to_arrow().equals(expected)

    def test_the_rows_of_a_record_batch(self, families: Any) -> None:
        packed = pack_table("rural", families, ignore=["teryt", "family"]).to_batches()[0]
        assert unpack_table("rural", packed).num_rows == 1500


class TestTablesOfEveryLayoutCanBePacked:
    def test_lists_and_long_tables(self) -> None:
        wide = pack_table(
            "rural", pa.table({"truancy": [True, False], "over_indebtedness": [False, True]}), missing="absent"
        )
        lists = pa.table({"facts": [["truancy"], ["over_indebtedness"]]})
        assert pack_table("rural", lists, layout=Lists("facts"), missing="absent").equals(wide)
        long = pa.table({"family": ["a", "b"], "fact": ["truancy", "over_indebtedness"]})
        packed = pack_table("rural", long, layout=Long("fact"), id="family", missing="absent")
        assert packed["family"].to_pylist() == ["a", "b"]
        assert packed.drop_columns("family").equals(wide)

    def test_columns_that_are_kept_keep_their_values_and_nulls(self) -> None:
        area = pa.array(["x", None, "x"]).dictionary_encode()
        table = pa.table({"truancy": [True] * 3, "area": area, "family": [3, 1, 2]})
        packed = pack_table("rural", table, id="family", keep=["area"])
        assert packed.column_names[:2] == ["family", "area"]
        assert packed["area"].to_pylist() == ["x", None, "x"]
        assert packed["family"].to_pylist() == [3, 1, 2]
        assert packed.schema.field("area").type == pa.string()

    def test_no_second_plane_where_all_is_known(self) -> None:
        table = wide_table(random_families("complete", 40, complete=True)).drop_columns("teryt")
        packed = pack_table("rural", table, unknowns=False)
        assert packed.column_names == list(PackedFacts.of("rural").facts.columns)
        expected = recommend_batch("rural", table).to_arrow()
        back = unpack_table("rural", packed)
        assert back[next(iter(CATALOGUE.circumstances))].null_count == 0
        assert recommend_batch("rural", back).to_arrow().equals(expected)
        assert pack_table("rural", table.slice(0, 0), unknowns=False).num_rows == 0


class TestWhatCannotBeReadIsSaid:
    def test_circumstances_that_are_unknown(self) -> None:
        keys = list(CATALOGUE.circumstances)
        table = pa.table({"truancy": [True, True], **{key: [False, False] for key in keys[1:]}, keys[0]: [None, True]})
        with pytest.raises(TableError) as error:
            pack_table("rural", table, unknowns=False)
        assert error.value.problems == (f"circumstance {keys[0]!r} is unknown in 1 rows; leave out `unknowns=False`",)

    def test_a_table_that_is_not_packed(self) -> None:
        with pytest.raises(TableError, match="it has no packed facts; make them with `pack_table`"):
            unpack_table("rural", pa.table({"truancy": [True]}))

    def test_another_catalogue_or_format(self) -> None:
        packed = pack_table("rural", pa.table({"truancy": [True]})).append_column("known_00000000_0", pa.array([1]))
        with pytest.raises(TableError, match="column 'known_00000000_0' was packed with another catalogue or format"):
            unpack_table("rural", packed)

    def test_a_column_that_was_lost(self) -> None:
        packed = pack_table("rural", pa.table({"truancy": [True]}))
        lost = PackedFacts.of("rural").facts.columns[1]
        with pytest.raises(TableError, match=f"the packed column '{lost}' is missing; keep all"):
            unpack_table("rural", packed.drop_columns(lost))

    def test_null_and_other_types(self) -> None:
        packed = pack_table("rural", pa.table({"truancy": [True]}))
        name = packed.column_names[0]
        with pytest.raises(TableError, match=f"column '{name}': null in 1 rows; fill it"):
            unpack_table("rural", packed.set_column(0, name, pa.array([None], pa.int64())))
        with pytest.raises(TableError, match=f"column '{name}' is of type double; packed columns are int64"):
            unpack_table("rural", packed.set_column(0, name, pa.array([1.0])))

    def test_bits_and_columns_that_are_not_there(self) -> None:
        layout = PackedFacts.of("rural")
        with pytest.raises(TableError, match=r"'truancyy' is not in it; did you mean 'truancy'?"):
            layout.facts.place("truancyy")
        with pytest.raises(TableError, match="'' is not in it; see `bits`"):
            layout.facts.place("")
        answers = PackedAnswers.of(compile_model("rural", outputs=["sectors"], strengths=["required"]).columns)
        with pytest.raises(TableError, match="did you mean 'sector__health__required'"):
            answers.place("sector__health__requird")
        with pytest.raises(TableError, match="'' is not in it; it was not asked for"):
            answers.place("")

    def test_the_answer_to_another_question(self) -> None:
        sectors = PackedAnswers.of(compile_model("rural", outputs=["sectors"], strengths=["required"]).columns)
        with pytest.raises(TableError, match=r"the packed column 'sector__required_.*' is missing; keep all of them"):
            sectors.unpack(pa.table({"family": [1]}))


class TestAPartitionIsAnsweredAlone:
    table = pa.table({"truancy": [True, False, True], "area": ["b", None, "b"], "family": [5, 6, 7]})

    def test_rows(self) -> None:
        partition = Partition.ask("rural", self.table.schema, outputs=["sectors"], id="family", ignore=["area"])
        assert partition.columns == ("truancy", "family")
        expected = recommend_batch("rural", self.table, outputs=["sectors"], id="family", ignore=["area"])
        assert partition.answer(self.table.select(partition.columns)).equals(expected.to_arrow())
        assert partition.schema.equals(expected.to_arrow().schema)
        assert partition.program.columns == expected.columns

    def test_totals_add_up(self) -> None:
        partition = Partition.ask("rural", self.table.schema, outputs=["sectors"], by=["area"], ignore=["family"])
        parts = [partition.answer(self.table.slice(row, 1).select(partition.columns)) for row in range(3)]
        expected = recommend_batch("rural", self.table, outputs=["sectors"], by=["area"], ignore=["family"]).totals
        assert sums(pa.concat_tables(parts), partition.by or ()).equals(expected.sort_by("area"))

    def test_totals_of_nothing_are_zero(self) -> None:
        partition = Partition.ask("rural", self.table.schema, outputs=["sectors"], by=(), ignore=["family", "area"])
        assert set(sums(partition.schema.empty_table(), ()).to_pylist()[0].values()) == {0}
        by = Partition.ask("rural", self.table.schema, outputs=["sectors"], by=["area"], ignore=["family"])
        assert sums(by.schema.empty_table(), ["area"]).equals(by.schema.empty_table())

    def test_packed_facts_are_read_without_the_other_columns(self) -> None:
        packed = pack_table("rural", self.table, id="family", keep=["area"])
        partition = Partition.ask("rural", packed.schema, outputs=["sectors"], answers="packed", id="family")
        assert partition.columns == ("family", *packed.column_names[2:])
        found = partition.answer(packed.select(partition.columns))
        expected = recommend_batch("rural", self.table, outputs=["sectors"], id="family", ignore=["area"]).to_arrow()
        assert partition.packed is not None
        assert partition.packed.unpack(found).equals(expected)

    def test_errors_say_that_rows_are_those_of_a_partition(self) -> None:
        partition = Partition.ask("rural", pa.schema([("truancy", pa.bool_())]))
        with pytest.raises(TableError, match=r"^table: in a partition, column 'truancy': no value in row 1"):
            partition.answer(pa.table({"truancy": [True, None]}))

    def test_what_is_wrong_with_columns_is_said_at_once(self) -> None:
        with pytest.raises(TableError, match=r"^table: column 'truancyy' is no key"):
            Partition.ask("rural", pa.schema([("truancyy", pa.bool_())]))
        with pytest.raises(TableError, match="`answers` is none of 'booleans', 'packed'"):
            Partition.ask("rural", self.table.schema, answers="bits")  # type: ignore[arg-type]
