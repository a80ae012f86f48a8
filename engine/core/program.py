"""A journey version compiled once, to be run many times: expressions, ways out, order and limits looked up beforehand.

``compile_program(journey, definitions)`` gives a :class:`Program`. It raises nothing for a journey without errors
(``core.validate``).
"""
