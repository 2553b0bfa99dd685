"""Names of pictures in source code.

Sources: the keywords of C23, C++23 and Python; Arduino.h and the files that it includes.
"""

from __future__ import annotations

import keyword
import re
import unicodedata

_C_KEYWORDS = (  #: and of C++, to the standards of 2023
    "NULL alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t "
    "char32_t char8_t class co_await co_return co_yield compl concept const const_cast consteval "
    "constexpr constinit continue decltype default delete do double dynamic_cast else enum "
    "explicit export extern false float for friend goto if inline int int16_t int32_t int8_t long "
    "main mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected "
    "public register reinterpret_cast requires restrict return short signed size_t sizeof static "
    "static_assert static_cast struct switch template this thread_local throw true try typedef "
    "typeid typename typeof typeof_unqual uint16_t uint32_t uint8_t union unsigned using virtual "
    "void volatile wchar_t while xor xor_eq"
)
_ARDUINO_NAMES = (  #: its functions, types and macros with names that pictures might have
    "BIN CHANGE DEC DEFAULT EULER EXTERNAL F FALLING HALF_PI HEX HIGH INPUT INPUT_PULLUP INTERNAL "
    "LED_BUILTIN LOW LSBFIRST MSBFIRST OCT OUTPUT PI PROGMEM RISING Serial String TWO_PI abs "
    "analogRead analogWrite bit bitClear bitRead bitSet bitWrite boolean byte constrain cos "
    "degrees delay digitalRead digitalWrite exit highByte index interrupts log loop lowByte map "
    "max micros millis min noInterrupts noTone pinMode pow printf pulseIn puts radians random "
    "remove rename round setup shiftIn shiftOut sin sq sqrt system tan time tone word yield"
)
#: Latin letters that are not a plain letter with a mark
_LATIN_LETTERS = str.maketrans(
    {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "Th"}
    | dict(zip("øØłŁđĐðÐħĦıŧŦ", "oOlLdDdDhHitT", strict=True))
)
#: names that a picture does not get
RESERVED_NAMES = {
    *_C_KEYWORDS.split(),
    *_ARDUINO_NAMES.split(),
    *keyword.kwlist,
    *("framebuf", "WIDTH", "HEIGHT", "FRAMES"),
}


def identifier(name: str) -> str:
    """Return a name for C and Python: letters, digits and `_`, no digit in front, no keyword.

    Latin letters lose their marks.

    Examples
    --------
    >>> identifier("my logo"), identifier("2x2"), identifier("while"), identifier("Äpfel")
    ('my_logo', 'picture_2x2', 'picture_while', 'Apfel')
    """
    letters = unicodedata.normalize("NFKD", name.translate(_LATIN_LETTERS))
    plain = "".join(each for each in letters if not unicodedata.combining(each))
    word = re.sub(r"\W+", "_", plain, flags=re.ASCII).strip("_") or "picture"
    if word in RESERVED_NAMES or word[0].isdigit():
        return f"picture_{word}"
    return word
