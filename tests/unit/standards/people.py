"""Personal data of nobody: well-formed RFCs, CURPs, e-mails and telephones, made on the spot."""

from datetime import date

import stdnum.mx.curp
import stdnum.mx.rfc
from hypothesis import strategies as st

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CONSONANTS = "BCDFGHJKLMNPQRSTVWXYZ"
STATES = ("AS", "BC", "DF", "JC", "NL", "OC", "YN", "ZS", "NE")


@st.composite
def initials(draw: st.DrawFn) -> str:
    """Four letters of a name."""
    return (
        draw(st.sampled_from(LETTERS))
        + draw(st.sampled_from("AEIOUX"))
        + draw(st.text(LETTERS, min_size=2, max_size=2))
    )


def birth_dates() -> st.SearchStrategy[str]:
    """AAMMDD of a real day."""
    return st.dates(date(1930, 1, 1), date(2020, 12, 31)).map(lambda day: day.strftime("%y%m%d"))


@st.composite
def natural_rfcs(draw: st.DrawFn) -> str:
    """13 characters with agreeing check digit."""
    homoclave = draw(st.sampled_from("123456789ABCDEFGHIJKLMNPQRSTUV")) + draw(
        st.sampled_from("123456789ABCDEFGHIJKLMNPQRSTUVWXYZ")
    )
    start = draw(initials()) + draw(birth_dates()) + homoclave
    return start + str(stdnum.mx.rfc.calc_check_digit(start))


@st.composite
def curps(draw: st.DrawFn) -> str:
    """18 characters with agreeing check digit."""
    start = (
        draw(initials())
        + draw(birth_dates())
        + draw(st.sampled_from("HM"))
        + draw(st.sampled_from(STATES))
        + draw(st.text(CONSONANTS, min_size=3, max_size=3))
        + draw(st.sampled_from("0123456789A"))
    )
    return start + str(stdnum.mx.curp.calc_check_digit(start))


def emails() -> st.SearchStrategy[str]:
    """Addresses at Mexican-looking domains."""
    name = st.from_regex(r"[a-z][a-z0-9._]{2,14}[a-z0-9]", fullmatch=True)
    domain = st.from_regex(r"[a-z]{3,10}(\.gob|\.com)?\.mx", fullmatch=True)
    return st.builds(lambda left, right: f"{left}@{right}", name, domain)


def phones() -> st.SearchStrategy[str]:
    """Ten digits as people group them, without the word that announces them."""
    digits = st.from_regex(r"[2-9][0-9]{9}", fullmatch=True)
    return st.builds(
        lambda number, form: form(number),
        digits,
        st.sampled_from(
            [
                lambda n: n,
                lambda n: f"{n[:2]} {n[2:6]} {n[6:]}",
                lambda n: f"({n[:3]}) {n[3:6]}-{n[6:]}",
                lambda n: f"{n[:2]}-{n[2:6]}-{n[6:]}",
            ]
        ),
    )
