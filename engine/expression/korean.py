"""The short phrases of the editor service in Korean: methods, operators, and what a name is."""

from __future__ import annotations

from collections.abc import Mapping

PHRASES: Mapping[str, str] = {
    # Methods
    "the items that meet a condition, or all of them": "조건에 맞는 항목들, 조건이 없으면 모든 항목",
    "the first item, or the first that meets a condition": "첫 번째 항목, 또는 조건에 맞는 첫 번째 항목",
    "the last item, or the last that meets a condition": "마지막 항목, 또는 조건에 맞는 마지막 항목",
    "the item at a position, counted from 0": "한 위치(0부터)의 항목",
    "the value of a map's key": "맵에서 한 키의 값",
    "the keys of a map": "맵의 키들",
    "the first key of a map": "맵의 첫 번째 키",
    # Operators
    "both hold": "둘 다 참",
    "at least one holds": "하나라도 참",
    "equal": "같음",
    "not equal": "같지 않음",
    "more than, or after": "더 큼, 또는 더 나중",
    "at least": "크거나 같음",
    "less than, or before": "더 작음, 또는 더 이전",
    "at most": "작거나 같음",
    "plus, or followed by": "더하기, 또는 이어 붙이기",
    "minus": "빼기",
    "times": "곱하기",
    "divided by": "나누기",
    "remainder": "나머지",
    "has no value": "값이 없음",
    "has a value": "값이 있음",
    "a list with a missing item": "빈 항목이 있는 목록",
    "a number": "수",
    "a whole number": "정수",
    "a decimal": "소수",
    # Words
    "the opposite of a condition": "조건의 반대",
    "if (condition) then (value) else (value)": "if (조건) then (값) else (값)",
    "no value": "값 없음",
    # What a name is
    "properties of the journey": "여정의 속성",
    "the item the condition looks at": "조건이 보고 있는 항목",
    "a field of this event": "이 이벤트의 필드",
    "a field of this data source": "이 데이터 소스의 필드",
    "event": "이벤트",
    "journey property": "여정 속성",
    "data source": "데이터 소스",
    "field group": "필드 그룹",
}


def said(phrase: str, language: str) -> str:
    """A phrase of the editor service in a language; English for any other than ``ko``."""
    return PHRASES.get(phrase, phrase) if language == "ko" else phrase
