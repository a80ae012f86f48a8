"""Capping rules that come with a configured provider; they apply besides the deployed rules."""

from __future__ import annotations

from collections.abc import Iterator

from engine.effects import campaign_classic, campaign_standard
from engine.effects.adobe import ReadSetting
from engine.model.guardrail import CappingRule, GuardrailError, read_capping


def provider_capping_rules(setting: ReadSetting) -> dict[str, CappingRule]:
    """Return the rules by uid; a URL that cannot be called needs none."""
    return {uid: rule for uid, rule in _rules(setting) if rule is not None}


def _rules(setting: ReadSetting) -> Iterator[tuple[str, CappingRule | None]]:
    if standard := setting("campaign_standard_url"):
        yield campaign_standard.PROVIDER_NAME, capping_rule(f"{standard.rstrip('/')}/*", campaign_standard.CAP)
    if classic := campaign_classic.event_url(setting):
        yield campaign_classic.PROVIDER_NAME, capping_rule(classic, campaign_classic.CAP)


def capping_rule(url: str, limit: tuple[int, int]) -> CappingRule | None:
    """Build the rule for a limit of (calls, milliseconds); None if the URL is invalid."""
    rating = {"maxCallsCount": limit[0], "periodInMs": limit[1]}
    try:
        rule, _ = read_capping({"url": url, "methods": ["POST"], "services": {"action": {"rating": rating}}})
    except GuardrailError:
        return None
    return rule
