"""The function table, whole: every function of the language by its name, explained in English and in Korean."""

from collections.abc import Mapping
from dataclasses import replace

from engine.expression.functions import dates, korean, lists, numbers, segments, text
from engine.expression.functions.signatures import Function

FUNCTIONS: Mapping[str, Function] = {
    function.name: replace(function, korean=korean.MEANINGS[function.name])
    for table in (text.TABLE, numbers.TABLE, dates.TABLE, lists.TABLE, segments.TABLE)
    for function in table
}
