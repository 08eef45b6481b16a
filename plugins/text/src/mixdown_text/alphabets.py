"""Other alphabets than the IPA in which SSML may spell: X-SAMPA (Wells 1995) and ARPABET as in the CMU dictionary."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from mixdown_text.ipa import BadIpa, read_ipa

# fmt: off
X_SAMPA = {
    "b_<": "ɓ", "d`": "ɖ", "d_<": "ɗ", "g_<": "ɠ", "G\\": "ɢ", "G\\_<": "ʛ", "h\\": "ɦ", "H\\": "ʜ", "J\\": "ɟ", "J\\_<": "ʄ",
    "j\\": "ʝ", "K": "ɬ", "K\\": "ɮ", "l`": "ɭ", "l\\": "ɺ", "L": "ʎ", "L\\": "ʟ", "M": "ɯ", "M\\": "ɰ", "n`": "ɳ", "N": "ŋ",
    "N\\": "ɴ", "O": "ɔ", "O\\": "ʘ", "p\\": "ɸ", "P": "ʋ", "v\\": "ʋ", "Q": "ɒ", "r`": "ɽ", "r\\": "ɹ", "r\\`": "ɻ", "R": "ʁ",
    "R\\": "ʀ", "s`": "ʂ", "s\\": "ɕ", "S": "ʃ", "t`": "ʈ", "T": "θ", "u": "u", "U": "ʊ", "V": "ʌ", "W": "ʍ", "x\\": "ɧ", "X": "χ",
    "X\\": "ħ", "Y": "ʏ", "z`": "ʐ", "z\\": "ʑ", "Z": "ʒ", "1": "ɨ", "2": "ø", "3": "ɜ", "3\\": "ɞ", "4": "ɾ", "5": "ɫ", "6": "ɐ",
    "7": "ɤ", "8": "ɵ", "9": "œ", "&": "ɶ", "?": "ʔ", "?\\": "ʕ", ">\\": "ʡ", "<\\": "ʢ", "@": "ə", "@\\": "ɘ", "@`": "ɚ", "3`": "ɝ",
    "{": "æ", "}": "ʉ", "A": "ɑ", "B": "β", "B\\": "ʙ", "C": "ç", "D": "ð", "E": "ɛ", "F": "ɱ", "G": "ɣ", "H": "ɥ", "I": "ɪ", "J": "ɲ",
    "|\\": "ǀ", "||\\": "ǁ", "|\\|\\": "ǁ", "=\\": "ǂ", "!\\": "ǃ", "g": "ɡ", "-": "", "\"": "ˈ", "%": "ˌ", ":": "ː", ":\\": "ˑ",
    "~": "\u0303", "_~": "\u0303", "=": "\u0329", "_=": "\u0329", "_h": "ʰ", "_j": "ʲ", "'": "ʲ", "_w": "ʷ", "_G": "ˠ", "_>": "ʼ",
    "_0": "\u0325", "_v": "\u032c", "_d": "\u032a", "_^": "\u032f", "_k": "\u0330", "_t": "\u0324", "`": "˞", "_}": "\u031a",
    "_+": "\u031f", "_-": "\u0320", "_r": "\u031d", "_o": "\u031e", "_n": "ⁿ", "_l": "ˡ", "_": "\u0361",
}
ARPABET = {
    "AA": "ɑː", "AE": "æ", "AH": "ʌ", "AO": "ɔː", "AW": "aʊ", "AX": "ə", "AXR": "ɚ", "AY": "aɪ", "EH": "ɛ", "ER": "ɝ", "EY": "eɪ",
    "IH": "ɪ", "IX": "ɨ", "IY": "iː", "OW": "oʊ", "OY": "ɔɪ", "UH": "ʊ", "UW": "uː", "UX": "ʉ", "B": "b", "CH": "tʃ", "D": "d",
    "DH": "ð", "DX": "ɾ", "F": "f", "G": "ɡ", "HH": "h", "JH": "dʒ", "K": "k", "L": "l", "M": "m", "N": "n", "NG": "ŋ", "P": "p",
    "R": "ɹ", "S": "s", "SH": "ʃ", "T": "t", "TH": "θ", "V": "v", "W": "w", "WH": "ʍ", "Y": "j", "Z": "z", "ZH": "ʒ",
}
# fmt: on
UNSTRESSED = {"AH": "ə", "ER": "ɚ", "IY": "i"}
STRESS = {"0": "", "1": "ˈ", "2": "ˌ"}
_X_SAMPA = re.compile("|".join(map(re.escape, sorted(X_SAMPA, key=len, reverse=True))))
_PHONE = re.compile(r"\S+")


def read_x_sampa(written: str) -> str:
    """IPA of ``t@"mA:toU``; letters that both alphabets have stand for themselves. Raises `BadIpa`."""
    return _placed(written, _X_SAMPA.sub(lambda match: X_SAMPA[match[0]], written))


def _placed(written: str, ipa: str) -> str:
    try:
        return read_ipa(ipa)
    except BadIpa as error:
        # Its position counts in the translation; the symbol itself was left as it stood.
        position = max(0, written.find(error.symbol)) if error.symbol else 0
        raise BadIpa(str(error).replace("of the IPA", "of X-SAMPA"), error.symbol, position) from None


def read_arpabet(written: str) -> str:
    """IPA of ``T AH0 M EY1 T OW2``: phones parted by spaces, stress behind the vowel. Raises `BadIpa`."""
    found = []
    for match in _PHONE.finditer(written):
        phone = match[0].rstrip("012").upper()
        stress = match[0][len(phone) :]
        if phone not in ARPABET or (stress and stress not in STRESS):
            raise BadIpa(f"{match[0][:20]!r} is no phone of ARPABET.", match[0][:20], match.start())
        sound = UNSTRESSED.get(phone, ARPABET[phone]) if stress == "0" else ARPABET[phone]
        found.append(STRESS.get(stress, "") + sound)
    return read_ipa("".join(found))


ALPHABETS: Mapping[str, Callable[[str], str]] = {
    "ipa": read_ipa,
    "x-sampa": read_x_sampa,
    "xsampa": read_x_sampa,
    "cmu-arpabet": read_arpabet,
    "arpabet": read_arpabet,
}
"""What ``<phoneme alphabet>`` may be, and how it is read."""
