"""Bad files that cannot begin with a comment, or would be too long to keep: name -> (content, problems)."""

from __future__ import annotations

TERC = b"WOJ;POW;GMI;RODZ;NAZWA;NAZWA_DOD;STAN_NA\n"
NUL = "character U+0000 is not allowed; remove it"
NOT_UTF8 = "the file is not UTF-8 from here on; save it as UTF-8"
TERC_HEADER = (
    "1:1: the first line is not that of a TERC file; "
    "bring the official file with columns WOJ;POW;GMI;RODZ;NAZWA;NAZWA_DOD;STAN_NA"
)
CITY_TYPE = (
    "TERYT code: a city with powiat rights has type 1; write the city's code with a 1 at the end; correct the code"
)
TABLE_HEADER = (
    "1:1: the table has no column 'key', 'name', 'types'; "
    "begin it with a row such as key;name;types or klucz;nazwa;typy"
)
NO_CONTENT = "the file has no content; write at least its `format:` line"

MADE: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "rules_no_bytes": (b"", (f"1:1: {NO_CONTENT}",)),
    "case_only_a_byte_order_mark": (b"\xef\xbb\xbf", (f"1:1: {NO_CONTENT}",)),
    "model_only_a_comment": (b"# nothing else\n", (f"1:1: {NO_CONTENT}",)),
    "duties_only_an_empty_value": (b"--- ~\n", (f"1:1: {NO_CONTENT}",)),
    "rules_nul": (b"format: a\nb: \0\n", (f"2:4: {NUL}",)),
    "rules_latin_2": ("format: a\r\nżółw: ".encode() + "ł".encode("iso8859-2"), (f"2:7: {NOT_UTF8}",)),
    "case_byte_order_mark_and_latin_2": (b"\xef\xbb\xbfa: \xb3", (f"1:4: {NOT_UTF8}",)),
    "case_utf_16": ("format: a\n".encode("utf-16"), (f"1:1: {NOT_UTF8}",)),
    "rules_two_byte_order_marks": (
        b"\xef\xbb\xbf\xef\xbb\xbfformat: a\n",
        ("1:1: character U+FEFF is not allowed; remove it",),
    ),
    "rules_carriage_return_alone": (b"format: a\rb: c\n", ("1:10: character U+000D is not allowed; remove it",)),
    "rules_right_to_left_override": (
        "format: a\nb: c\u202ed\n".encode(),
        ("2:5: character U+202E is not allowed; remove it",),
    ),
    "rules_too_large": (
        b"#" * (1024 * 1024 + 1),
        ("1:1: the file has more than 1,048,576 bytes; split it, or leave out what is not needed",),
    ),
    "rules_too_many_values": (
        b"- [" + b"0," * 200_001 + b"]\n",
        (f"1:{4 + 2 * 200_000}: more than 200,000 values in the file; split the file",),
    ),
    "rules_too_many_problems": (
        b"a: [\n" + b"&a ,\n" * 1_500,
        (
            *(f"{line}:1: an anchor (&); write the value out; anchors are not used here" for line in range(2, 1_002)),
            "1002:1: reading stopped here after 1,000 problems; correct them first",
        ),
    ),
    "case_too_many_tabs": (
        b"\t\n" * 1_500,
        (
            *(f"{line}:1: a tab; use spaces" for line in range(1, 1_001)),
            "1001:1: reading stopped here after 1,000 problems; correct them first",
        ),
    ),
    "terc_no_bytes": (
        b"",
        (TERC_HEADER,),
    ),
    "terc_other_columns": (
        b"WOJ;POW;GMI\n02;01;01\n",
        (TERC_HEADER,),
    ),
    "terc_latin_2": (TERC + b"02;;;;DOLNO\xa6L\xa1SKIE;;\n", (f"2:12: {NOT_UTF8}",)),
    "terc_rows_of_other_length": (
        TERC + b"02;01;01;1;Boleslawiec;gmina miejska;2024-01-01\n02;01\n\n02;01;02;2;A;B;C;D\n",
        (
            "3:1: the row has 2 columns instead of 7; bring the file as GUS publishes it",
            "5:1: the row has 8 columns instead of 7; bring the file as GUS publishes it",
        ),
    ),
    "terc_very_long_field": (
        TERC + b"x" * 200_000 + b"\n",
        ("2:1: the row has 1 columns instead of 7; bring the file as GUS publishes it",),
    ),
    "terc_wrong_codes": (
        TERC + b"03;01;01;1;A;gmina miejska;2024-01-01\n02;61;01;2;B;gmina wiejska;2024-01-01\n",
        (
            "2:1: TERYT code: digits 1-2 are no voivodeship; they are even numbers from 02 to 32; correct the code",
            f"3:1: {CITY_TYPE}",
        ),
    ),
    "terc_code_twice": (
        TERC + b"02;01;01;1;A;gmina miejska;2024-01-01\n02;01;01;1;B;gmina miejska;2024-01-01\n",
        ("3:1: key '0201011' stands here a second time; remove one of them; the first is at line 2",),
    ),
    "terc_too_many_problems": (
        TERC + b"x\n" * 1_500,
        (
            *(
                f"{line}:1: the row has 1 columns instead of 7; bring the file as GUS publishes it"
                for line in range(2, 1_002)
            ),
            "1002:1: reading stopped here after 1,000 problems; correct them first",
        ),
    ),
    "table_latin_2": (
        b"#gmina;1816122\nklucz;nazwa;typy;uwaga\na;Szko\xb3a\n",
        ("3:7: the file is not UTF-8 from here on; save it from Excel as `CSV UTF-8`",),
    ),
    "table_no_bytes": (
        b"",
        (TABLE_HEADER,),
    ),
    "hsds_no_bytes": (
        b"",
        ("1:1: not readable as JSON: a value is expected here; check quotes, commas and brackets here and above",),
    ),
    "hsds_too_deep": (
        b"[" * 40 + b"]" * 40,
        ("1:33: more than 32 levels; nest less",),
    ),
    "hsds_too_large": (
        b" " * (8 * 1024 * 1024 + 1),
        ("1:1: the file has more than 8,388,608 bytes; split it, or leave out what is not needed",),
    ),
    "hsds_too_many_values": (
        b"[" + b"0," * 200_001,
        ("1:400000: more than 200,000 values in the file; split the file",),
    ),
}
