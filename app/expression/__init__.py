"""Writing expressions: the field, the simple editor and the advanced editor that panels and dialogs share.

``ExpressionField(text, scope, expected, parent)`` is the field of a form, with ``text()``, ``set_text``, ``set_scope``,
``set_expected``, ``problems()`` and the signals ``changed(str)``, ``edited_finished()`` and ``checked()``. Its button
opens :class:`ExpressionDialog` (simple and advanced). Both know the language only through ``engine.expression``.
"""

from app.expression.field import ExpressionField

__all__ = ["ExpressionField"]
