"""Declarations of a command's arguments, made before there is a parser."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from operator import methodcaller

Declaration = Callable[[argparse._ActionsContainer], object]
"""Adds an argument to a parser, or to a group of options."""

argument = partial(methodcaller, "add_argument")
"""Make the declaration of an argument, from what ``ArgumentParser.add_argument`` takes."""
flag = partial(argument, action="store_true")
"""Make the declaration of an option without a value."""
repeated = partial(argument, action="append", default=[])
"""Make the declaration of an option that may be given several times."""


def one_of(*declarations: Declaration) -> Declaration:
    """Declare options of which at most one may be given."""

    def declare(parser: argparse._ActionsContainer) -> None:
        group = parser.add_mutually_exclusive_group()
        for each in declarations:
            each(group)

    return declare


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    """Make the type of arguments that are whole numbers."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = lowest - 1
        if not lowest <= number <= highest:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {lowest} to {highest}; write one")
        return number

    return read
