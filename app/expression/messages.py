"""What is wrong with an expression, in the user's language.

The language's own sentences are English and name what they are about. In another language a sentence for each code
says the same, with the suggested replacement after it.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.expression.reading import LANGUAGE
from app.translation import mark, tr
from engine.expression import ExpressionError, Fix

SENTENCES: Mapping[str, str] = {
    "argument_count": mark("The function is given the wrong number of values."),
    "argument_types": mark("The function cannot take values of these types."),
    "bad_constant": mark("This constant cannot be read as a date, duration, zone, date part or pattern."),
    "bad_escape": mark("A backslash must be followed by one of \\ \" ' n t r or uXXXX."),
    "bad_value": mark("A value of the sample cannot be read as what the function expects."),
    "branch_types": mark("Both branches of if must give the same type."),
    "chained_comparison": mark("Comparisons cannot be chained; join two of them with and."),
    "comparison_types": mark("Values of these types cannot be compared."),
    "constant_expected": mark("A constant is expected here."),
    "default_type": mark("The default must have the type of the field."),
    "expected_group": mark("The name of a field group is expected here."),
    "expected_name": mark("The name of a field is expected here."),
    "expected_operand": mark("A value, a field or a function is expected here."),
    "expected_type": mark("The expression gives another type than is expected here."),
    "integer_range": mark("This integer is too large."),
    "decimal_range": mark("This decimal is too large."),
    "item_outside_condition": mark("The item of a collection is only known inside a condition on it."),
    "limit": mark("The evaluation takes too many steps or makes too long a value."),
    "lone_surrogate": mark("Half a character stands here; remove it."),
    "map_field": mark("A map is read with entry and a key."),
    "method_type": mark("This method does not fit the type before it."),
    "missing_parameter": mark("The data source needs a value for its parameter."),
    "mixed_list": mark("All items of a list must have one type."),
    "nested_list": mark("A list cannot hold lists."),
    "operand_types": mark("The operator does not take values of these types."),
    "other_item": mark("This is the item of the other kind of collection."),
    "overflow": mark("The number is outside the range."),
    "repeated_parameter": mark("The parameter is given twice."),
    "too_deep": mark("The expression is nested too deeply."),
    "too_long": mark("The expression is longer than 10,000 characters."),
    "unclosed": mark("A bracket is not closed."),
    "unclosed_string": mark("A text in quotes is not closed."),
    "unexpected_character": mark("This character means nothing here."),
    "unknown_event": mark("There is no such event here."),
    "unknown_field": mark("There is no such field."),
    "unknown_function": mark("There is no such function."),
    "unknown_group": mark("There is no such field group."),
    "unknown_key": mark("The objects of the list have no such field."),
    "unknown_method": mark("There is no such method."),
    "unknown_operator": mark("This operator is written differently here."),
    "unknown_parameter": mark("The data source has no such parameter."),
    "unknown_property": mark("There is no such journey property."),
    "unknown_segment": mark("There is no such segment."),
    "unknown_source": mark("There is no such data source."),
    "unquoted_segment": mark("This name must stand in single quotes."),
    "wrong_type": mark("A value of the sample has another type than its field."),
}
"""What each code means, for languages other than English."""


def sentence(problem: ExpressionError) -> str:
    """The problem in one sentence, with what mends it where that is known."""
    if tr(LANGUAGE) == LANGUAGE:
        return problem.message
    said = tr(SENTENCES.get(problem.code, mark("This cannot be read as an expression.")))
    return said if not problem.fixes else f"{said} {mending(problem.fixes[0])}"


def mending(fix: Fix) -> str:
    """The words of a button that makes a fix."""
    wanted = fix.text.strip()
    return tr("Change to {wanted}", wanted=wanted) if fix.end > fix.start else tr("Add {wanted}", wanted=wanted)
