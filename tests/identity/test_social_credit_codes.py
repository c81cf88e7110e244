import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as oracle

from identity.uscc import REGISTRARS, is_uscc

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def sealed(body: str) -> str:
    return body + oracle.calc_check_digit(body)


@pytest.mark.parametrize(
    "body",
    [
        "91110000600037341",  # a company
        "92440606MA4XY1234",  # an individual business
        "93530100MA6K12345",  # farmers' co-operative
        "12100000400000624",  # a public institution
        "31110000E00017525",  # a law firm
        "51100000500000000",  # a society
        "A1110000MB0000001",  # of the armed forces, since 2016
        "N2440606MF0000001",  # a village's economic collective, since 2016
        "Y1110000717800001",  # others, since 2016
        "G1110000717849877",  # a foreign organisation's office, since 2017
    ],
)
def test_every_registrar_of_the_standard_is_known(body):
    assert is_uscc(sealed(body))


@pytest.mark.parametrize(
    "code",
    [
        "",
        sealed("91110000600037341")[:-1],
        sealed("91110000600037341")[:-1] + "A",
        sealed("91110000600037341").lower(),
        f" {sealed('91110000600037341')}",
        f"{sealed('91110000600037341')}\n",
        sealed("01110000600037341"),
        sealed("90110000600037341"),
        sealed("B1110000600037341"),
        sealed("9A110000600037341"),
        sealed("9111000A600037341"),
        "９1110000600037341L",
    ],
)
def test_what_is_no_code_is_refused(code):
    assert not is_uscc(code)


@given(
    registrar=st.sampled_from(REGISTRARS),
    kind=st.integers(1, 9),
    region=st.integers(0, 999_999),
    body=st.text(ALPHABET, min_size=9, max_size=9),
    slip=st.tuples(st.integers(8, 17), st.sampled_from(ALPHABET)),
)
def test_a_slip_of_the_pen_is_found(registrar, kind, region, body, slip):
    code = sealed(f"{registrar}{kind}{region:06d}{body}")
    place, character = slip
    slipped = code[:place] + character + code[place + 1 :]

    assert is_uscc(code)
    assert is_uscc(slipped) is (slipped == code)
