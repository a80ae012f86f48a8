"""Every function of the language by its name."""

from collections.abc import Mapping

from engine.expression.functions import dates, lists, numbers, text
from engine.expression.functions.signatures import Function

FUNCTIONS: Mapping[str, Function] = {
    function.name: function for table in (text.TABLE, numbers.TABLE, dates.TABLE, lists.TABLE) for function in table
}
