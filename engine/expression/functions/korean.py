"""What each function does, in Korean; the function table says it in English."""

from __future__ import annotations

from collections.abc import Mapping

_IGNORING_CASE = "(대소문자 구분 없음)"


def _window(between: str, unit: str) -> str:
    return f"날짜가 {between.format(unit)} 사이에 있으면 참입니다. 양 끝을 포함합니다."


_LAST, _NEXT = "지금부터 주어진 {} 전과 지금", "지금과 주어진 {} 뒤"
_REPLACEMENT = "$0~$9는 패턴의 그룹, $$는 달러 기호입니다."

MEANINGS: Mapping[str, str] = {
    "concat": "두 텍스트 또는 목록의 모든 텍스트를 이어 붙입니다. 빈 값은 빈 텍스트로 봅니다.",
    "contain": "첫 번째 텍스트에 두 번째 텍스트가 들어 있으면 참입니다.",
    "containIgnoreCase": f"첫 번째 텍스트에 두 번째 텍스트가 들어 있으면 참입니다{_IGNORING_CASE}.",
    "startWith": "첫 번째 텍스트가 두 번째 텍스트로 시작하면 참입니다.",
    "startWithIgnoreCase": f"첫 번째 텍스트가 두 번째 텍스트로 시작하면 참입니다{_IGNORING_CASE}.",
    "endWith": "첫 번째 텍스트가 두 번째 텍스트로 끝나면 참입니다.",
    "endWithIgnoreCase": f"첫 번째 텍스트가 두 번째 텍스트로 끝나면 참입니다{_IGNORING_CASE}.",
    "equalIgnoreCase": f"두 텍스트가 같으면 참입니다{_IGNORING_CASE}.",
    "notEqualIgnoreCase": "equalIgnoreCase가 거짓이면 참입니다. 텍스트가 없을 때도 참입니다.",
    "indexOf": "두 번째 텍스트가 첫 번째 텍스트에서 처음 나오는 위치(0부터)입니다. 나오지 않으면 -1입니다.",
    "lastIndexOf": "두 번째 텍스트가 첫 번째 텍스트에서 마지막으로 나오는 위치(0부터)입니다. 나오지 않으면 -1입니다.",
    "isEmpty": "텍스트가 비어 있거나 없으면 참입니다.",
    "isNotEmpty": "텍스트에 글자가 하나라도 있으면 참입니다.",
    "length": "글자 수(유니코드 코드 포인트 기준)입니다.",
    "lower": "텍스트를 소문자로 바꿉니다.",
    "upper": "텍스트를 대문자로 바꿉니다.",
    "trim": "텍스트 앞뒤의 공백을 없앱니다.",
    "matchRegExp": "텍스트 전체가 패턴(RE2 정규식)과 일치하면 참입니다.",
    "replace": f"패턴과 처음 일치하는 부분을 바꿉니다. {_REPLACEMENT}",
    "replaceAll": f"패턴과 일치하는 모든 부분을 바꿉니다. {_REPLACEMENT}",
    "split": "패턴과 일치하는 곳에서 텍스트를 나눕니다. 끝의 빈 조각은 버립니다.",
    "substr": "한 위치(0부터)에서 다른 위치 앞까지의 텍스트입니다.",
    "avg": "수들의 평균입니다. 빈 값은 빼고 계산하며, 수가 없으면 빈 값입니다.",
    "sum": "수들의 합계입니다. 빈 값은 빼고 계산하며, 수가 없으면 0입니다.",
    "max": "가장 큰 값입니다. 빈 값은 빼고 비교하며, 값이 없으면 빈 값입니다.",
    "min": "가장 작은 값입니다. 빈 값은 빼고 비교하며, 값이 없으면 빈 값입니다.",
    "count": "빈 값이 아닌 항목의 개수입니다.",
    "countWithNull": "빈 값을 포함한 항목의 개수입니다.",
    "countOnlyNull": "빈 값인 항목의 개수입니다.",
    "distinctCount": "서로 다른 값의 개수입니다. 빈 값은 세지 않습니다.",
    "distinctCountWithNull": "서로 다른 값의 개수입니다. 빈 값은 하나로 셉니다.",
    "toBool": '텍스트 "true"는 참, 다른 텍스트는 거짓입니다. 숫자 0은 거짓, 다른 수는 참입니다.',
    "toDecimal": "값을 소수로 바꿉니다. dateTime은 1970년부터의 밀리초가 됩니다.",
    "toInteger": "값을 정수로 바꾸고 소수점 아래는 버립니다. dateTime은 1970년부터의 밀리초가 됩니다.",
    "toDuration": "PT10H, P1DT12H 같은 텍스트나 밀리초 수를 기간으로 바꿉니다.",
    "toString": "값을 텍스트로 바꿉니다. dateTime은 UTC로, 기간은 밀리초로 나타냅니다.",
    "toDateOnly": "텍스트, dateTime, dateTimeOnly의 날짜입니다. 그 자체의 현지 시각을 따릅니다.",
    "toDateTime": "텍스트(오프셋이 없으면 UTC), 시간대의 현지 시각, 또는 1970년부터의 밀리초가 가리키는 시점입니다.",
    "toDateTimeOnly": "텍스트나 dateTime의 현지 시각입니다. 날짜만 있으면 그날 자정입니다.",
    "date": "상수 날짜입니다. 형식에 따라 dateOnly, dateTimeOnly, dateTime이 됩니다.",
    "round": "가장 가까운 정수로 반올림합니다. 0.5는 올립니다.",
    "random": "0 이상 1 미만의 무작위 소수입니다.",
    "uuid": "새 무작위 식별자입니다.",
    "currentTimeInMillis": "1970년부터 지금까지의 밀리초입니다.",
    "now": "지금 시각입니다. 여정의 시간대나 지정한 시간대로 나타냅니다.",
    "nowWithDelta": '지금에서 "years", "months", "days"(달력 기준), "hours", "minutes", "seconds"만큼 옮긴 시각입니다.',
    "inLastHours": _window(_LAST, "시간"),
    "inLastDays": _window(_LAST, "날(24시간)"),
    "inLastMonths": _window(_LAST, "개월(달력 기준)"),
    "inLastYears": _window(_LAST, "햇수(달력 기준)"),
    "inNextHours": _window(_NEXT, "시간"),
    "inNextDays": _window(_NEXT, "날(24시간)"),
    "inNextMonths": _window(_NEXT, "개월(달력 기준)"),
    "inNextYears": _window(_NEXT, "햇수(달력 기준)"),
    "setHours": "같은 날의 다른 시(0~23)로 바꿉니다.",
    "setDays": "같은 달의 다른 날로 바꿉니다. 그 달의 마지막 날을 넘으면 마지막 날이 됩니다.",
    "updateTimeZone": "같은 시점을 다른 시간대로 나타냅니다.",
    "distinct": "중복과 빈 값을 뺀 목록입니다. 객체는 내용이나 한 필드로 비교합니다.",
    "distinctWithNull": "중복을 뺀 목록으로, 빈 값은 하나만 남깁니다. 객체는 내용이나 한 필드로 비교합니다.",
    "filter": "그 이름의 필드 값이 목록에 들어 있는 객체들입니다.",
    "getListItem": "한 위치(0부터)의 항목입니다. 없으면 빈 값입니다.",
    "in": "값이 목록에 들어 있으면 참입니다.",
    "intersect": "두 목록에 모두 있는 값입니다. 첫 번째 목록의 순서를 따르고 중복은 뺍니다.",
    "limit": "목록의 처음 몇 개입니다. 세 번째 값이 false이면 마지막 몇 개입니다.",
    "listSize": "빈 값을 포함한 항목의 개수입니다.",
    "serializeList": "항목들을 구분 기호로 이어 하나의 텍스트로 만듭니다. 원하면 각 항목을 따옴표로 감쌉니다.",
    "sort": "정렬한 목록입니다. 빈 값은 끝에 오고, 객체는 한 필드로 정렬합니다.",
    "inSegment": "이 사람이 세그먼트에 새로 들어왔거나 이미 속해 있으면 참입니다.",
}
