"""Every message about a file, in one place: what is wrong, and what to do about it.

The names are the codes of `Problem.code`. Texts are part of the public interface. In files about
a family the values are replaced by "…", so that no message repeats what somebody wrote there.
"""

from __future__ import annotations

from enum import Enum

__all__ = ["Message"]


class Message(Enum):
    """Code: (what is wrong, what to do)."""

    # the file as bytes and text
    FILE_TOO_LARGE = "the file has more than {limit} bytes", "split it, or leave out what is not needed"
    NOT_UTF8 = "the file is not UTF-8 from here on", "save it as UTF-8"
    BAD_CHARACTER = "character U+{point} is not allowed", "remove it"
    TAB = "a tab", "use spaces"
    DIRECTIVE = "a line begins with '%'", "remove it; YAML directives are not used here"
    EMPTY_FILE = "the file has no content", "write at least its `format:` line"
    NOT_YAML = "not readable as YAML ({detail})", "check indentation, colons, brackets and quotes here and just above"

    TOO_MANY_PROBLEMS = "reading stopped here after {limit} problems", "correct them first"

    # YAML that is not used here
    SECOND_DOCUMENT = "a second document begins", "keep one document in a file"
    TOO_DEEP = "more than {limit} levels", "nest less"
    TOO_MANY_NODES = "more than {limit} values in the file", "split the file"
    ANCHOR = "an anchor (&)", "write the value out; anchors are not used here"
    ALIAS = "an alias (*)", "write the value out, or put text that begins with * in quotes"
    TAG = "a tag (!)", "remove it, or put text that begins with ! in quotes"
    MERGE_KEY = "a merge key (<<)", "write the entries out"
    KEY_NOT_TEXT = "a key that is a list or a mapping", "use a plain word as the key"
    EMPTY_KEY = "an empty key", "write a key before the colon"
    DUPLICATE_KEY = "key {key} stands here a second time", "remove one of them; the first is at line {first}"

    # shapes and types
    NOT_MAPPING = "{what} is not a mapping", "write `key: value` lines, indented"
    NOT_LIST = "{what} is not a list", "write [one, two] or lines that begin with `- `"
    NOT_TEXT = "{what} is not a text", "write one value here"
    EMPTY_VALUE = "{what} is empty", "write a value, or remove the line"
    EMPTY_LIST = "{what} has no entries", "write at least one, or remove the line"
    REPEATED_ENTRY = "{what} names {value} twice", "remove one of them"
    UNKNOWN_KEY = "{about}unknown key {key}", "{hint}"
    MISSING_KEY = "{about}key {key} is missing", "add it"
    BAD_KEY = "key {key} is not made of letters A-Z and a-z, digits and _", "rename it"
    CONTROL_CHARACTER = "{what} contains an invisible character", "type the text again"
    NOT_BOOLEAN = "{what} is {value}, neither yes nor no", "write yes or no"
    NOT_ANSWER = "{what} is {value}, not an answer", "write yes, no or unknown"
    NOT_WHOLE_NUMBER = "{what} is {value}, not a whole number above 0", "write digits only, for example 20000"
    NOT_DATE = "{what} is {value}, not a date", "write it as 2004-03-12"
    NOT_DURATION = "{what} is {value}, not a duration", "write it as in ISO 8601: PT0S at once, PT24H, P7D, P1M"
    NOT_ADDRESS = "{what} is not a web address", "begin it with http:// or https://"
    NOT_ONE_OF = "{what} is {value}", "{hint}"
    UNKNOWN_FORMAT = (
        "no line says what kind of file this is",
        "begin it with `format: {expected}` or the like",
    )
    WRONG_FORMAT = "format is {value}", "this file must say `format: {expected}`"
    MISSING_SECTION_ENTRY = "{what} has no entry {key}", "add it; the library computes with it"

    # meaning
    UNKNOWN_REFERENCE = "{about}unknown {kind} {value}", "{hint}"
    SAME_LABEL = "{about}label {value} is already used by {other}", "choose another label"
    SAME_ABBREVIATION = "{about}abbreviation {value} is already used by {other}", "leave it with one of them"
    SAME_FACT = "{key} is a {kind} and a {other}", "rename one; facts need different keys"
    IMPLIES_ITSELF = "{about}it implies itself", "remove one of the implications"
    COMPETENCE_NOT_HELD = "{about}{type} does not hold competence {value}", "{hint}"
    NO_SUBJECT = "{about}no need in `all` or `any`", "name the need that the rule serves"
    CONTRADICTION = "{about}{key} is wanted and excluded", "remove it from one of the lists"
    NOTHING_ADVISED = "{about}it neither requires nor advises anything", "add `require` or `advise`"
    NO_TRIGGER = "{about}it can never fire", "name a fact in `all` or `any`; a duty may have `when_reported` instead"
    SOURCE_WITHOUT_ACT = "{about}a source of basis statute names no act", "add `act:`"
    SOURCE_WITHOUT_PAGE = "{about}a source of basis {basis} names no page", "add `page:`"
    SOURCE_OF_DESIGN = "{about}a source of basis design cites something", "remove it, or change the basis"
    SOURCE_NOT_VERIFIABLE = "{about}verified, but that text of the act was not read", "remove `verified`"
    NEED_UNSERVED = "need {key} is served by no rule", "add a rule for it"
    CONFLICT_WITHOUT_NOTE = (
        "{about}it conflicts with another figure but has no note",
        "add `note:` on what not to compute",
    )
    SAME_RULE = "rule {key} stands in {other} too", "rename one of them"

    # files about a case and tables of communes
    CASE_CONTRADICTION = "{detail}", "correct the case"
    COMMUNE_CODE = "{detail}", "correct the code"
    TERC_HEADER = "the first line is not that of a TERC file", "bring the official file with columns {columns}"
    TERC_ROW = "the row has {count} columns instead of {expected}", "bring the file as GUS publishes it"

    # local networks
    CONTACT_DATA = (
        "{about}{what} has an e-mail address or a telephone number in it",
        "leave it out; a network holds no contact data",
    )
    LEADING_ZERO = (
        "{about}{what} is {value}: its first 0 is missing",
        "write {right}; Excel drops the 0 unless the column is formatted as text",
    )
    NOT_AREA = (
        "{about}{what} is {value}, no TERYT code of a commune (7 digits), powiat (4) or voivodeship (2)",
        "{hint}",
    )
    NOT_DISTANCE = "{what} is {value}, not a number of whole kilometres", "write digits only, for example 18"
    ADDED_AND_REMOVED = "{about}competence {value} is added and removed", "keep one of the two"
    ONE_PARTY = "{about}fewer than two institutions signed it", "name both sides"

    # local networks as tables
    CSV_NOT_UTF8 = "the file is not UTF-8 from here on", "save it from Excel as `CSV UTF-8`"
    NOT_CSV = "a quoted cell is not closed, or goes on after its quote", 'write " inside of quotes as ""'
    CSV_SEPARATOR = "the columns are not separated by semicolons", "save the table as CSV with ; between the columns"
    CSV_HEADER = "the table has no column {missing}", "begin it with a row such as key;name;types or klucz;nazwa;typy"
    CSV_COLUMN = "unknown column {title}", "{hint}"
    CSV_COLUMN_TWICE = "column {title} is there a second time", "remove one of them"
    CSV_CELL_WITHOUT_COLUMN = (
        "a cell without a name of its column",
        "name the column in the first row, or empty the cell",
    )
    CSV_WITHOUT_COMMUNE = (
        "nothing says which commune the network is of",
        "add a row #commune;CODE with the TERYT code, or give --commune CODE",
    )
    CSV_SIGNED = (
        "{value} does not name one document",
        "write kind, key and date, for example: agreement p2022 2022-05-04",
    )
    CSV_SIGNED_DIFFERS = "agreement {key} has another {what} than in row {first}", "write the same, or another key"

    # local networks from JSON
    NOT_JSON = "not readable as JSON: {expected} is expected here", "check quotes, commas and brackets here and above"
    NOT_HSDS = (
        "neither services nor organizations of HSDS",
        "bring a list of them, or a page with `contents` as an HSDS interface gives it",
    )
    HSDS_WITHOUT_COMMUNE = "nothing says which commune the network is of", "give --commune CODE"

    # populations and scenarios
    NOT_NUMBER = "{what} is {value}, not a number from {low} to {high}", "write it with a point, for example 0.25"
    SHARES_NOT_ONE = "{about}the shares of {what} add up to {value}, not to 1", "correct one of them"
    SHARES_OVER_ONE = "only one of {what} can be present, but their shares add up to {value}", "lower one of them"
    REASONS_PER_FAMILY = (
        "the shares of the reasons add up to {value}, or one of them is 0",
        "leave out reasons that nobody has; the sum is the mean number of a family's reasons, from {least} to {most}",
    )
    NOT_A_PAIR = "{about}{value} reasons instead of two", "name two reasons"
    FEWER_THAN_CITIES = (
        "{about}{value} urban communes, but {cities} cities with powiat rights",
        "correct the number; cities with powiat rights are urban communes",
    )
    NO_FILE = "{what}: there is no file {value} that can be opened", "correct the path; it begins at this file's folder"
    TABLE_COLUMNS = "{what}: {value}: {detail}", "{hint}"
    OPENED_AND_CLOSED = "{about}institution type {value} is added and closed", "keep one of the two"
    NOTHING_CHANGED = "{about}it changes nothing", "name rules, institution types or a model, or remove the variant"
