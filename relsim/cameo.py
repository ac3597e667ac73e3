"""CAMEO event codes: their Goldstein weights, and short words for them.

CAMEO (Gerner, Schrodt & Yilmaz) names what one government does to another by a code of two to
four digits. Goldstein (1992) asked experts how hostile or cooperative the kinds of deed of an
older scheme, WEIS, are, from -10 (military attack) to +10. The weights were carried over to CAMEO;
the table here is the one GDELT publishes as a lookup. The tables of KEDS and ICEWS differ from it
in places (016, 022, 164 and 165, for instance), so a result names the table it used.

References
----------
Goldstein, J. S. (1992). A conflict-cooperation scale for WEIS events data. Journal of Conflict
Resolution 36(2), 369-385.
Gerner, D. J., Schrodt, P. A. & Yilmaz, O. (2009). Conflict and Mediation Event Observations
(CAMEO): an event data framework for a post-Cold War world.
GDELT Project, CAMEO.goldsteinscale.txt (lookup table).
"""

from __future__ import annotations

from relsim.errors import UnknownName, nearest

__all__ = ["CODES", "TABLE", "goldstein", "words"]

TABLE = "GDELT"  # whose table of weights this is

# weight: the codes that carry it
_CODES_BY_WEIGHT = {
    -10.0: "1823 183 1831 1832 1833 186 19 190 193 194 195 20 200 202 203 204 2041 2042",
    -9.5: "182 191 192 196 201",
    -9.2: "171 1711 1712",
    -9.0: "175 18 180 181 1821 1822",
    -8.0: "163 184 185",
    -7.5: "144 1441 1442 1443 1444 145 1451 1452 1453 1454",
    -7.2: "15 150 151 152 153 154",
    -7.0: "136 137 138 1381 1382 1383 1384 1385 139 164 166 1661 1662 1663 17 170",
    -6.5: "14 140 141 1411 1412 1413 1414 142 1421 1422 1423 1424 143 1431 1432 1433 1434 165",
    -6.0: "13",
    -5.8: "131 1311 1312 1313 132 1321 1322 1323 1324 133 134 135",
    -5.6: "162 1621 1622 1623",
    -5.0: (
        "10 100 101 1011 1012 1013 1014 102 103 1031 1032 1033 1034 104 1041 1042 1043 1044 105 "
        "1051 1052 1053 1054 1055 1056 106 107 108 125 126 127 128 129 172 1721 1722 1723 1724 "
        "173 174"
    ),
    -4.4: "130",
    -4.0: (
        "12 120 121 1211 1212 122 1221 1222 1223 1224 123 1231 1232 1233 1234 124 1241 1242 1243 "
        "1244 1245 1246 16 160 161"
    ),
    -2.0: "016 09 090 091 092 093 094 11 110 111 112 1121 1122 1123 1124 1125 113 114 115 116",
    -0.4: "012",
    -0.3: "024 0241 0242 0243 0244 025 0251 0252 0253 0254 0255 0256",
    -0.1: "011",
    0.0: "01 010 014 015 017",
    0.4: "013",
    1.0: "04 040 041",
    1.9: "042",
    2.5: "044",
    2.8: "043",
    3.0: "02 020",
    3.2: "022",
    3.4: "018 019 021 0211 0212 0213 0214 023 0231 0232 0233 0234 051",
    3.5: "05 050 052",
    3.8: "053",
    4.0: "026 027 028 03 030 036",
    4.5: "032",
    5.0: "037 039 045 08 080 081 0811 0812 0813 0814 082 083 0831 0832 0833 0834",
    5.2: "031 0311 0312 0313 0314 033 0331 0332 0333",
    6.0: "0334 054 06 060",
    6.4: "061",
    7.0: (
        "034 0341 0342 0343 0344 035 0351 0352 0353 0354 0355 0356 038 046 055 056 064 07 070 075 "
        "084 0841 0842 085"
    ),
    7.4: "062 063 071 073",
    8.0: "057",
    8.3: "072",
    8.5: "074",
    9.0: "086 0861 0862 0863 087 0871 0872 0873",
    10.0: "0874",
}

_WEIGHTS = {code: weight for weight, codes in _CODES_BY_WEIGHT.items() for code in codes.split()}

# Our own words: for the twenty kinds of deed, and for the codes a catalogue of moves is likely to
# use. A code without words of its own takes those of the kind it belongs to.
_WORDS = {
    "01": "make a statement",
    "02": "appeal",
    "03": "offer to cooperate",
    "036": "offer to meet or negotiate",
    "04": "consult",
    "041": "talk by telephone",
    "042": "pay a visit",
    "043": "receive a visit",
    "044": "meet in a third place",
    "046": "negotiate",
    "05": "cooperate in diplomacy",
    "051": "praise",
    "057": "sign an agreement",
    "06": "cooperate in deeds",
    "07": "give aid",
    "08": "yield",
    "084": "release or return",
    "0841": "release people",
    "085": "ease sanctions",
    "087": "pull back forces",
    "09": "investigate",
    "10": "demand",
    "11": "disapprove",
    "111": "criticize",
    "112": "accuse",
    "12": "reject",
    "120": "refuse",
    "125": "refuse to meet or negotiate",
    "128": "defy a norm or law",
    "13": "threaten",
    "131": "threaten without force",
    "132": "threaten restrictions",
    "138": "threaten force",
    "139": "give an ultimatum",
    "14": "protest",
    "15": "show military posture",
    "152": "raise military alert",
    "154": "mobilize forces",
    "16": "reduce relations",
    "161": "cut diplomatic relations",
    "163": "impose sanctions",
    "164": "break off talks",
    "166": "expel or withdraw",
    "17": "coerce",
    "174": "expel individuals",
    "18": "assault",
    "19": "fight",
    "20": "use mass violence",
}

CODES: tuple[str, ...] = tuple(sorted(_WEIGHTS))


def goldstein(code: str) -> float:
    """Return the Goldstein weight of a CAMEO code.

    Parameters
    ----------
    code : str
        Two to four digits with their leading zero: "036" and "36" are not the same.

    Returns
    -------
    float
        Goldstein points, from -10 (hostile) to +10 (cooperative).

    Raises
    ------
    UnknownName
        If the table has no such code; the message gives the nearest one.

    Examples
    --------
    >>> goldstein("163")
    -8.0
    """
    return _WEIGHTS[_known(code)]


def words(code: str) -> str:
    """Return short words for a CAMEO code, those of its kind if it has none of its own.

    Parameters
    ----------
    code : str
        Two to four digits with their leading zero.

    Raises
    ------
    UnknownName
        If the table has no such code; the message gives the nearest one.

    Examples
    --------
    >>> words("085"), words("1621")
    ('ease sanctions', 'reduce relations')
    """
    named = _known(code)
    while named not in _WORDS:
        named = named[:-1]
    return _WORDS[named]


def _known(code: str) -> str:
    if not isinstance(code, str):
        raise UnknownName(
            f"a CAMEO code is a quoted string, as 010 and 10 differ (got the number {code!r})"
        )
    if code not in _WEIGHTS:
        near = f"0{code}" if f"0{code}" in _WEIGHTS else nearest(code, CODES)
        hint = f": did you mean {near!r}, {words(near)}?" if near else ""
        raise UnknownName(f"no CAMEO code {code!r} in the {TABLE} table{hint}")
    return code
