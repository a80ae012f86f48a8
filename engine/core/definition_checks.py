"""Checks of definitions in their context: the texts of a template against its variables, the rule of a segment.

They hold wherever a definition comes from: saved, imported, validated with a journey, or found in a workspace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.catalogue import Phrase, PhraseArgument
from engine.expression import check
from engine.expression.types import BOOLEAN, MapType, ObjectType, Type
from engine.model.base import shown
from engine.model.channel import CHANNELS, PLACEHOLDER, MessageTemplate
from engine.model.definitions import PROFILE_STORE, Definitions, Segment

UNKNOWN_VARIABLE, NO_PLACEHOLDER, WRONG_RULE = "ERR_MESSAGE_006", "ERR_MESSAGE_007", "ERR_SEGMENT_004"

_MARK = re.compile(r"\{\{[^{}\n]{0,40}(?:\}\})?|\{%[^\n]{0,40}?(?:%\}|$)", re.MULTILINE)
"""What looks like a placeholder, or like a tag of another template language."""


@dataclass(frozen=True, slots=True)
class DefinitionFault:
    """What is wrong with a definition: the code of the issue, the setting, and what fills the sentence.

    ``lacks_source``: it reads a field group that is not there, which may still come.
    """

    code: str
    setting: str
    arguments: dict[str, PhraseArgument] = field(hash=False)
    lacks_source: bool = False

    @property
    def phrase(self) -> Phrase:
        """The sentence, in no language yet."""
        return Phrase(self.code, self.arguments)


def template_faults(template: MessageTemplate) -> Iterator[DefinitionFault]:
    """Yield what the texts of a template use that is none of its variables, or no placeholder at all."""
    types = ObjectType({variable.name: variable.type for variable in template.variables})
    for part in filter(None, CHANNELS[template.channel].parts):
        text: str = getattr(template, part)
        about: dict[str, PhraseArgument] = {"name": template.name, "part": Phrase(f"template_part.{part}")}
        names = dict.fromkeys(match[1] for match in PLACEHOLDER.finditer(text))
        for name in names:
            if not _leads_to_value(types, name):
                yield DefinitionFault(UNKNOWN_VARIABLE, part, {**about, "variable": name})
        for mark in dict.fromkeys(match[0] for match in _MARK.finditer(PLACEHOLDER.sub(" ", text))):
            yield DefinitionFault(NO_PLACEHOLDER, part, {**about, "text": shown(mark)[1:-1]})


def _leads_to_value(variables: Type, path: str) -> bool:
    """Whether a dotted path names a field of the variables; the keys of a map are data, so any may be there."""
    here = variables
    for name in path.split("."):
        if isinstance(here, MapType):
            here = here.value
            continue
        found = here.fields.get(name) if isinstance(here, ObjectType) else None
        if found is None:
            return False
        here = found
    return True


def segment_fault(segment: Segment, definitions: Definitions) -> DefinitionFault | None:
    """Return why the rule of a segment cannot be evaluated; None where it can, or where there is none.

    A rule reads the profile store and other segments: no event, and no source that would have to be called.
    """
    if not segment.expression.strip():
        return None
    checked = check(segment.expression, definitions.scope({}), BOOLEAN)
    elsewhere = sorted(
        f"{source}.{group}" for source, group in checked.references.field_groups if source != PROFILE_STORE
    )
    lacks_source = any(error.code in ("unknown_source", "unknown_group") for error in checked.errors[:1])
    if checked.errors:
        reason = checked.errors[0].phrase
    elif elsewhere:
        reason = Phrase("segment_reason.external", {"name": elsewhere[0]})
    else:
        return None
    return DefinitionFault(WRONG_RULE, "expression", {"name": segment.name, "reason": reason}, lacks_source)


def definition_faults(model: object, definitions: Definitions) -> Iterator[DefinitionFault]:
    """Yield what is wrong with a definition among others; definitions without a context have nothing."""
    if isinstance(model, MessageTemplate):
        yield from template_faults(model)
    elif isinstance(model, Segment) and (fault := segment_fault(model, definitions)) is not None:
        yield fault
