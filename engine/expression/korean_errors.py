"""The errors of the language in Korean, with all that their English sentences say.

Each sentence is told apart by its form, with what it is about between ``<`` and ``>``; a form that is filled in with
fixed phrases has those in ``_PHRASES``. A test meets every error and sees that none is left in English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from engine.expression.josa import choose

_IF = "if (condition) then (value) else (value)"
_IF_KO = "if (조건) then (값) else (값)"
_WRITTEN_OUT = "written out here, as a text in quotes."

_FORMS: Mapping[str, str] = {
    # Characters and words
    "This integer is too large: write one of at most <most>, or a decimal such as 1.0.":
        "정수가 너무 큽니다. <most> 이하의 정수나 1.0 같은 소수를 쓰세요.",
    "This decimal is too large: write one below 1.8 followed by 308 digits.":
        "소수가 너무 큽니다. 1.8 뒤에 308자리가 이어지는 수보다 작게 쓰세요.",
    "'<found>' is no operator here; write '<meant>'.":
        "여기서는 '<found>' 연산자를 쓰지 않습니다. '<meant>' 연산자를 쓰세요.",
    "<half> is half a character; remove it.": "<half>은(는) 반쪽짜리 문자입니다. 지우세요.",
    "<half> is half a character: write the other half beside it, or remove it.":
        "<half>은(는) 반쪽짜리 문자입니다. 나머지 반쪽을 옆에 쓰거나 지우세요.",
    "The character <shown> means nothing here; remove it or put the text in quotes.":
        "<shown> 문자는 여기서 아무 뜻이 없습니다. 지우거나 텍스트를 따옴표로 감싸세요.",
    "The quotation mark <shown> is a typographic one; write a straight one, \" or '.":
        "<shown> 기호는 둥근 따옴표입니다. 곧은 따옴표(\" 또는 ')를 쓰세요.",
    "A reference is written <form>: the brace is missing after <sign>.":
        "참조는 <form>처럼 씁니다. <sign> 뒤에 중괄호가 빠졌습니다.",
    "This text has no end: add the closing <quote>.": "텍스트가 끝나지 않았습니다. 닫는 따옴표(<quote>)를 더하세요.",
    "'<escape>' is no escape: write '<doubled>' for a backslash, or one of <all>.":
        "'<escape>' 표기는 쓸 수 없습니다. 백슬래시는 '<doubled>'처럼 두 번 쓰거나, 다음 중 하나를 쓰세요: <all>",
    "\\u needs four hexadecimal digits after it, such as \\u00e9.":
        "\\u 뒤에는 \\u00e9처럼 16진수 네 자리가 필요합니다.",
    "'<word>' must be written in small letters: '<small>'.": "'<word>'은(는) 소문자로 '<small>'처럼 써야 합니다.",
    # The form of an expression
    "An expression has at most <most> characters; this one has <size>. Split it or shorten it.":
        "식은 <most>자까지 쓸 수 있는데 이 식은 <size>자입니다. 나누거나 줄이세요.",
    "This is nested more than <most> levels deep; simplify it, or split it into several conditions.":
        "<most>단계보다 깊이 겹쳐 있습니다. 더 간단히 쓰거나 여러 조건으로 나누세요.",
    "The <bracket> that begins at character <at> is not closed: '<closer>' is expected <place>.":
        "<at>번째 글자에서 시작한 <bracket>이(가) 닫히지 않았습니다. <place> '<closer>' 기호가 필요합니다.",
    "The expression is empty; write a condition or a value, such as <example>.":
        "식이 비어 있습니다. <example>처럼 조건이나 값을 쓰세요.",
    "<shown> is not expected here; remove it, or open its bracket before.":
        "<shown> 표기는 여기에 올 수 없습니다. 지우거나 앞에서 괄호를 여세요.",
    "'not' cannot follow '<before>': put it and what it negates in parentheses.":
        "'not'은 '<before>' 뒤에 올 수 없습니다. 부정하는 것과 함께 괄호로 묶으세요.",
    "After '<before>' write <choices>.": "'<before>' 뒤에는 <choices>을(를) 쓰세요.",
    "A '.' follows a field only inside the braces of a reference; a decimal has digits on both sides.":
        "'.'은 참조의 중괄호 안에서만 필드 뒤에 옵니다. 소수는 점 양쪽에 숫자가 있어야 합니다.",
    "A decimal has digits on both sides of its point: write <number>.":
        "소수는 점 양쪽에 숫자가 있어야 합니다. <number>처럼 쓰세요.",
    "A number is followed at once by <shown>: a number has digits and one '.' only.":
        "수 바로 뒤에 <shown>이(가) 붙어 있습니다. 수는 숫자와 점 하나로만 씁니다.",
    "'not' stands before what it negates; join two conditions with 'and' or 'or', or write 'is not null'.":
        "'not'은 부정하는 것 앞에 씁니다. 두 조건은 'and'나 'or'로 잇고, 값이 있는지는 'is not null'로 물으세요.",
    "An operator such as 'and', '==' or '+' is missing before <shown>.":
        "<shown> 앞에 'and', '==', '+' 같은 연산자가 빠졌습니다.",
    "An operator such as 'and', '==' or '+', or a comma, is missing before <shown>.":
        "<shown> 앞에 'and', '==', '+' 같은 연산자나 쉼표가 빠졌습니다.",
    "Comparisons cannot follow one another: join them with 'and', or put the first one in parentheses.":
        "비교를 잇달아 쓸 수 없습니다. 'and'로 잇거나 첫 번째 비교를 괄호로 묶으세요.",
    "A value, a field or a function is expected <place>; remove the comma if nothing follows it.":
        "<place> 값, 필드 또는 함수가 필요합니다. 뒤에 더 없으면 쉼표를 지우세요.",
    "A value, a field or a function is expected <place>, not <shown>.":
        "<place> <shown> 대신 값, 필드 또는 함수가 필요합니다.",
    "A value, a field or a function is expected <place>.": "<place> 값, 필드 또는 함수가 필요합니다.",
    "'<word>' alone means nothing: put a text in quotes (<quoted>), write a field as <field>, and a function with its "
    "parentheses, <call>.":
        "'<word>'만으로는 뜻이 없습니다. 텍스트는 따옴표로(<quoted>), "
        "필드는 <field>처럼, 함수는 괄호와 함께 <call>처럼 쓰세요.",
    f"An 'if' reads: {_IF}. '<word>' is expected <place>.":
        f"'if'는 {_IF_KO}처럼 씁니다. <place> '<word>'이(가) 필요합니다.",
    f"After '<word>' an opening parenthesis is expected: {_IF}.":
        f"'<word>' 뒤에는 여는 괄호가 필요합니다: {_IF_KO}",
    # References
    "The name of <owner> is expected <place>.": "<place> <owner>의 이름이 필요합니다.",
    "A name that does not begin with a letter is written in quotes: <quoted>.":
        "글자로 시작하지 않는 이름은 따옴표로 감쌉니다: <quoted>",
    "After the path only 'defaultValue: …' or 'params: {…}' may follow.":
        "경로 뒤에는 'defaultValue: …'나 'params: {…}'만 올 수 있습니다.",
    "'<option>' is given twice; remove one.": "'<option>'이(가) 두 번 있습니다. 하나를 지우세요.",
    "Only a data source has parameters; an event's field takes no 'params'.":
        "매개변수는 데이터 소스에만 있습니다. 이벤트의 필드에는 'params'를 쓰지 않습니다.",
    "After '<word>' a colon is expected.": "'<word>' 뒤에는 콜론(:)이 필요합니다.",
    "After 'params:' an opening brace is expected: params: {name: value}.":
        "'params:' 뒤에는 여는 중괄호가 필요합니다: params: {이름: 값}",
    "The parameter '<name>' is given twice; remove one.": "매개변수 '<name>'이(가) 두 번 있습니다. 하나를 지우세요.",
    "After a parameter's name a colon and its value are expected: name: value.":
        "매개변수 이름 뒤에는 콜론과 값이 필요합니다: 이름: 값",
    "There is no event '<name>' here": "여기에는 '<name>' 이벤트가 없습니다",
    "There is no data source '<name>' here": "여기에는 '<name>' 데이터 소스가 없습니다",
    "There is no journey property '<name>'": "'<name>' 여정 속성은 없습니다",
    "The data source '<source>' has no field group '<name>'":
        "데이터 소스 '<source>'에는 필드 그룹 '<name>'이(가) 없습니다",
    "'<owner_name>' has no parameter '<name>'": "'<owner_name>'에는 매개변수 '<name>'이(가) 없습니다",
    "'<owner_name>' has no field '<name>'; a name may hold hyphens, so to subtract write spaces: <spaced>.":
        "'<owner_name>'에는 필드 '<name>'이(가) 없습니다. "
        "이름에 하이픈이 들어갈 수 있으니, 빼려면 띄어 쓰세요: <spaced>",
    "'<owner_name>' has no field '<name>'": "'<owner_name>'에는 필드 '<name>'이(가) 없습니다",
    "'<owner_name>' is <type> and has no fields, so '<name>' cannot be read from it":
        "'<owner_name>'은(는) <type>이라 필드가 없으므로 '<name>'을(를) 읽을 수 없습니다",
    "'<owner_name>' is <type> and has no fields, so '<name>' cannot be read from it; a name may hold hyphens, so to "
    "subtract write spaces: <spaced>.":
        "'<owner_name>'은(는) <type>이라 '<name>'을(를) 읽을 수 없습니다. 빼려면 띄어 쓰세요: <spaced>",
    "There is no method '<name>'": "'<name>' 메서드는 없습니다",
    "There is no function '<name>'; the word '<small>' is written in small letters.":
        "'<name>' 함수는 없습니다. '<small>'은(는) 소문자로 씁니다.",
    "There is no function '<name>'": "'<name>' 함수는 없습니다",
    "There is no segment '<name>'": "'<name>' 세그먼트는 없습니다",
    "The objects of the list have no field '<name>'": "목록의 객체에는 필드 '<name>'이(가) 없습니다",
    "After 'JourneyProperties' the name of a property is expected.":
        "'JourneyProperties' 뒤에는 속성 이름이 필요합니다.",
    "Journey properties take no parameters; remove 'params'.":
        "여정 속성에는 매개변수가 없습니다. 'params'를 지우세요.",
    "After '<name>' the name of a field group is expected: <names>.":
        "'<name>' 뒤에는 필드 그룹 이름이 필요합니다: <names>",
    "A parameter is a single value, but '<name>' is given <type>.":
        "매개변수는 값 하나인데 '<name>'에 <type>이(가) 주어졌습니다.",
    "'<name>' needs a value for <lacking>: add params: {<example>}.":
        "'<name>'에는 <lacking> 값이 필요합니다. params: {<example>}을(를) 더하세요.",
    "'<name>' is known only in a condition such as <example>.":
        "'<name>'은(는) <example> 같은 조건 안에서만 쓸 수 있습니다.",
    "In this collection the item is called '<name>'; write that instead.":
        "이 컬렉션의 항목은 '<name>'입니다. 그렇게 쓰세요.",
    "'<name>' is a map: read a value with its key, .entry(<key>).":
        "'<name>'은(는) 맵입니다. .entry(<key>)처럼 키로 값을 읽으세요.",
    "'<name>' is a list of maps: choose one with .first() or .at(0) before .entry().":
        "'<name>'은(는) 맵의 목록입니다. .entry() 앞에서 .first()나 .at(0)으로 하나를 고르세요.",
    "<method> is for a list, but '<name>' is <type>; <instead>.":
        "<method>은(는) 목록에 쓰는데 '<name>'은(는) <type>입니다. <instead>",
    "<method> is for a map, but '<name>' is <type>; <instead>.":
        "<method>은(는) 맵에 쓰는데 '<name>'은(는) <type>입니다. <instead>",
    "After '<name>' a name is expected, not a method.": "'<name>' 뒤에는 메서드가 아니라 이름이 필요합니다.",
    "<method> takes nothing; it is given <count>.": "<method>에는 아무것도 넣지 않는데 <count>개가 주어졌습니다.",
    "<method> takes <arguments>; it is given <count>.": "<method>에는 <arguments> 필요한데 <count>개가 주어졌습니다.",
    f".entry() needs a key {_WRITTEN_OUT}": ".entry()에는 키를 따옴표로 감싼 텍스트로 직접 써야 합니다.",
    f"'<function>' needs <constant> {_WRITTEN_OUT}":
        "'<function>'에는 <constant>을(를) 따옴표로 감싼 텍스트로 직접 써야 합니다.",
    # Types
    "<subject> must be <wanted>, but this is <given>; <instead>.":
        "<subject>은(는) <wanted> 형식이어야 하는데 <given>입니다. <instead>",
    "The default must have the type of the field, <wanted>, but it is <given>; write <example>.":
        "기본값은 필드와 같은 <wanted> 형식이어야 하는데 <given>입니다. <example>을(를) 쓰세요.",
    "The default must have the type of the field, <wanted>, but it is <given>.":
        "기본값은 필드와 같은 <wanted> 형식이어야 하는데 <given>입니다.",
    "A list cannot hold another list; join them into one list.":
        "목록 안에 다른 목록을 넣을 수 없습니다. 하나의 목록으로 합치세요.",
    "All items of a list have one type: this one is <given>, those before it are <wanted>; change it<texts>.":
        "목록의 항목은 모두 한 형식이어야 합니다. "
        "이 항목은 <given>, 앞의 항목들은 <wanted>입니다. 이 항목을 바꾸세요<texts>.",
    "'<operator>' takes <operands>; it cannot join <left> and <right>.":
        "'<operator>' 연산자는 <operands>에 씁니다. <left>와(과) <right>에는 쓸 수 없습니다.",
    "'has null' asks about a list, but this is <given>; write 'is null' for a single value.":
        "'has null'은 목록에 쓰는데 이것은 <given>입니다. 값 하나에는 'is null'을 쓰세요.",
    "A minus sign stands before a number, but this is <given>.": "빼기 부호는 수 앞에 쓰는데 이것은 <given>입니다.",
    "Both branches of 'if' must have one type: 'then' gives <left>, 'else' gives <right>; change one<texts>.":
        "'if'의 두 결과는 한 형식이어야 합니다. 'then'은 <left>, 'else'는 <right>입니다. 하나를 바꾸세요<texts>.",
    "'<function>' takes <count> <noun>, not <given>: <lines>.":
        "'<function>'에는 값이 <count>개 필요한데 <given>개가 주어졌습니다: <lines>",
    "'<function>' does not take (<types>): <lines>; convert '<argument>' with <conversion>.":
        "'<function>'은(는) (<types>)을(를) 받지 않습니다: <lines>. '<argument>'을(를) <conversion>(으)로 바꾸세요.",
    "'<function>' does not take (<types>): <lines>; '<argument>' is a list, such as <example>.":
        "'<function>'은(는) (<types>)을(를) 받지 않습니다: <lines>. "
        "'<argument>'은(는) [1, 2]나 값이 여럿인 필드 같은 목록입니다.",
    "'<function>' does not take (<types>): <lines>.": "'<function>'은(는) (<types>)을(를) 받지 않습니다: <lines>.",
    "'<function>' needs a field with a single value, but '<name>' is <type>.":
        "'<function>'에는 값이 하나인 필드가 필요한데 '<name>'은(는) <type>입니다.",
    "'<name>' is <type>, but the list holds <wanted> values.":
        "'<name>'은(는) <type>인데 목록에는 <wanted> 값이 있습니다.",
    "'<operator>' compares single values, not <left> with <right>; use a function such as count, in or intersect, or "
    "'is null'.":
        "'<operator>' 연산자는 값 하나끼리 비교하며, <left>와(과) <right>은(는) 비교할 수 없습니다. "
        "count, in, intersect 같은 함수나 'is null'을 쓰세요.",
    "'<operator>' orders numbers, dates and durations, not <left> values; use '==' or '!=' for these.":
        "'<operator>' 연산자는 수, 날짜, 기간의 크기를 비교합니다. <left>에는 '=='나 '!='를 쓰세요.",
    "'<operator>' compares values of one type, but these are <left> and <right>; <hint>.":
        "'<operator>' 연산자는 같은 형식의 값을 비교하는데 <left>와(과) <right>입니다. <hint>",
    "'<operator>' compares values of one type, but these are <left> and <right>.":
        "'<operator>' 연산자는 같은 형식의 값을 비교하는데 <left>와(과) <right>입니다.",
    "A value of type <wanted> is expected here, but this is <given>.": "여기에는 <wanted> 값이 필요한데 <given>입니다.",
    # Values
    "<text> is no time zone; write an id such as <example>.":
        "<text>은(는) 시간대가 아닙니다. <example> 같은 시간대 id를 쓰세요.",
    "<text> is no part of a date; write one of <choices>.":
        "<text>은(는) 날짜의 단위가 아닙니다. 다음 중 하나를 쓰세요: <choices>",
    "<text> is no date; write one such as <example>.": "<text>은(는) 날짜가 아닙니다. <example>처럼 쓰세요.",
    "<text> is no date and time; write one such as <example>.":
        "<text>은(는) 날짜와 시각이 아닙니다. <example>처럼 쓰세요.",
    "<text> is no duration; write one such as <example>.": "<text>은(는) 기간이 아닙니다. <example>처럼 쓰세요.",
    "<text> is no duration (years and months have no fixed length); write one such as <example>.":
        "<text>은(는) 기간이 아닙니다(연과 월은 길이가 일정하지 않습니다). <example>처럼 쓰세요.",
    "<text> is no number; toDecimal reads texts such as <example>.":
        "<text>은(는) 수가 아닙니다. toDecimal은 <example> 같은 텍스트를 읽습니다.",
    "<text> is no whole number; toInteger reads texts such as <example>.":
        "<text>은(는) 정수가 아닙니다. toInteger는 <example> 같은 텍스트를 읽습니다.",
    "<text> is no field of the objects in the list.": "<text>은(는) 목록의 객체에 있는 필드가 아닙니다.",
    "<text> names a field of type <type>, which cannot be looked up in a list.":
        "<text>은(는) <type> 필드라 목록에서 찾을 수 없습니다.",
    "<text> names a field of type <type>, but the list holds <wanted> values.":
        "<text>은(는) <type> 필드인데 목록에는 <wanted> 값이 있습니다.",
    "The pattern is not valid: <reason>.": "패턴이 올바르지 않습니다: <reason>",
    "The pattern is no regular expression in RE2 syntax.": "패턴이 RE2 정규식이 아닙니다. 패턴을 고치세요.",
    "A pattern has at most <most> characters; this one has <size>.":
        "패턴은 <most>자까지 쓸 수 있는데 이 패턴은 <size>자입니다.",
    "The text holds half a character, so no pattern can be applied to it.":
        "텍스트에 반쪽짜리 문자가 있어 패턴을 적용할 수 없습니다.",
    "The replacement uses $<number>, but the pattern has <count> groups; $$ is a dollar.":
        "바꿀 텍스트에 $<number>이(가) 있는데 패턴의 그룹은 <count>개입니다. 달러 기호는 $$로 쓰세요.",
    "'setDays' takes a day of the month from 1 on, not <given>.": "'setDays'에는 1일부터의 날을 쓰는데 <given>입니다.",
    "'setHours' takes an hour from 0 to 23, not <given>.":
        "'setHours'에는 0시부터 23시까지의 시를 쓰는데 <given>입니다.",
    "The result is an integer outside 64 bits; work with smaller numbers, or with decimals such as 1.0.":
        "결과가 64비트 정수의 범위를 벗어났습니다. 더 작은 수나 1.0 같은 소수로 계산하세요.",
    "The result is outside the range of a decimal; work with smaller numbers.":
        "결과가 소수의 범위를 벗어났습니다. 더 작은 수로 계산하세요.",
    "The duration is too long: it has at most <most> days.": "기간이 너무 깁니다. <most>일까지 쓸 수 있습니다.",
    "The date is out of range: years go from 1 to 9999.": "날짜가 범위를 벗어났습니다. 연도는 1부터 9999까지입니다.",
    "The data hold <held> where the schema says <type>; correct one of them.":
        "스키마에서는 <type> 형식인데 데이터에는 <held>이(가) 있습니다. 둘 중 하나를 고치세요.",
    "The data hold an integer outside 64 bits; send a smaller one.":
        "데이터의 정수가 64비트의 범위를 벗어났습니다. 더 작은 수를 보내세요.",
    "The data hold a number outside the range of a decimal; send a smaller one.":
        "데이터의 수가 소수의 범위를 벗어났습니다. 더 작은 수를 보내세요.",
    "The evaluation takes more than <most> steps; work on fewer items or shorter texts.":
        "계산이 <most>단계를 넘었습니다. 항목을 줄이거나 텍스트를 짧게 하세요.",
    "The text grows beyond 1 MiB; build a shorter one.": "텍스트가 1MiB보다 길어집니다. 더 짧게 만드세요.",
    "The list grows beyond <most> items; split a shorter text.":
        "목록이 <most>개보다 길어집니다. 더 짧은 텍스트를 나누세요.",
    "The expression is nested too deeply to be evaluated here.": "식이 너무 깊이 겹쳐 있어 계산할 수 없습니다.",
}  # fmt: skip

_PHRASES: Mapping[str, str] = {
    "at the end": "끝에",
    "here": "여기에",
    "before <x>": "<x> 앞에",
    "after <x>": "<x> 뒤에",
    "in the list": "목록 안에",
    "in the parentheses of <x>": "<x>의 괄호 안에",
    "parenthesis": "괄호",
    "list": "목록",
    "reference": "참조",
    "list of parameters": "매개변수 목록",
    "call of <x>": "<x> 호출",
    "an event": "이벤트", "a data source": "데이터 소스", "a field": "필드", "a parameter": "매개변수",
    "read a map with .entry(\"key\") or .keys()": "맵은 .entry(\"키\")나 .keys()로 읽으세요.",
    "choose one map with .first() or .at(0) before <x>": "<x> 앞에서 .first()나 .at(0)으로 맵 하나를 고르세요.",
    "choose items with .all(), .first(), .last() or .at(0)": ".all(), .first(), .last(), .at(0)으로 항목을 고르세요.",
    "remove it": "지우세요.",
    "compare it with something, such as … == \"x\"": "… == \"x\"처럼 무엇과 비교하세요.",
    "write <x>": "<x>을(를) 쓰세요.",
    "at most one condition": "조건이 많아야 하나",
    "one integer": "정수 하나가",
    "one key in quotes": "따옴표로 감싼 키 하나가",
    "a time zone": "시간대", "a date": "날짜", "a segment's name": "세그먼트 이름", "the name of a field": "필드 이름",
    "What '<x>' joins": "'<x>'(으)로 잇는 것",
    "What '<x>' negates": "'<x>'이 부정하는 것",
    "The condition of '<x>'": "'<x>'의 조건",
    "The condition of <x>": "<x>의 조건", "The position": "위치",
    "a text such as <x>": "<x> 같은 텍스트",
    "a whole number such as <x>": "<x> 같은 정수",
    "a number such as <x>": "<x> 같은 수",
    "true or false": "true나 false", "a date such as <x>": "<x> 같은 날짜", "a time such as <x>": "<x> 같은 시각",
    "a duration such as <x>": "<x> 같은 기간", "a list such as <x>": "<x> 같은 목록",
    ", or make both texts with toString": ". toString으로 둘 다 텍스트로 만들어도 됩니다",
    "two numbers, a text and a single value, or a dateTime, dateTimeOnly or duration and a duration":
        "두 수, 텍스트와 값 하나, 또는 dateTime·dateTimeOnly·duration과 duration",
    "two numbers, a dateTime or dateTimeOnly and a duration, or two durations":
        "두 수, dateTime·dateTimeOnly와 duration, 또는 두 duration",
    "two numbers": "두 수",
    "convert one with toInteger, toDecimal or toString": "toInteger, toDecimal, toString으로 하나를 바꾸세요.",
    "write true or false without quotes": "true나 false를 따옴표 없이 쓰세요.",
    'write a date with date("…") and a duration with toDuration("…")':
        '날짜는 date("…"), 기간은 toDuration("…")으로 쓰세요.',
    "convert one with toDateTime, toDateTimeOnly or toDateOnly":
        "toDateTime, toDateTimeOnly, toDateOnly로 하나를 바꾸세요.",
    "The text": "텍스트",
    "a text": "텍스트", "a whole number": "정수", "a decimal number": "소수", "an object": "객체", "null": "빈 값",
    "a list": "목록", "a text that is no <x>": "<x>이(가) 아닌 텍스트",
}  # fmt: skip
_PHRASED = frozenset({
    "place", "bracket", "owner", "instead", "arguments", "constant", "subject", "example", "texts", "operands", "hint",
    "text", "held", "type",
})  # fmt: skip
_TYPES = frozenset({"left", "right", "given", "wanted"})
_SLOT = re.compile(r"<(\w+)>")
_MEANT = re.compile(r"(?P<said>.*); did you mean '(?P<name>.*)'\?", re.DOTALL)
_KNOWN = re.compile(r"(?P<said>.*)\. Known here: (?P<names>.*)\.", re.DOTALL)


def _pattern(form: str) -> re.Pattern[str]:
    """A form as a pattern; a slot that occurs twice is whatever it was the first time or something else."""
    pattern, end, seen = "", 0, set[str]()
    for slot in _SLOT.finditer(form):
        pattern += re.escape(form[end : slot.start()]) + (".*?" if slot[1] in seen else f"(?P<{slot[1]}>.*?)")
        seen.add(slot[1])
        end = slot.end()
    return re.compile(pattern + re.escape(form[end:]), re.DOTALL)


@lru_cache(maxsize=1)
def _sentences() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((_pattern(form), korean) for form, korean in _FORMS.items())


@lru_cache(maxsize=1)
def _phrases() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((_pattern(form), korean) for form, korean in _PHRASES.items() if "<" in form)


def in_korean(message: str) -> str | None:
    """The sentence of an error in Korean; None for one that is not the language's."""
    said = _in_korean(message)
    return None if said is None else choose(said)


def _in_korean(message: str) -> str | None:
    meant = _MEANT.fullmatch(message)
    if meant:
        base = _form(meant["said"])
        return base and f"{base}. 혹시 '{meant['name']}'인가요?"
    known = _KNOWN.fullmatch(message)
    if known:
        base = _form(known["said"])
        return base and f"{base}. 쓸 수 있는 이름: {known['names']}"
    found = _form(message)
    if found is None and message.endswith("."):
        base = _form(message[:-1])
        return base and f"{base}."
    return found


def _form(message: str) -> str | None:
    """The Korean sentence of the first form that fits, filled in."""
    for pattern, korean in _sentences():
        match = pattern.fullmatch(message)
        if match:
            return _filled(korean, {name: _said(name, text) for name, text in match.groupdict().items()})
    return None


def _filled(korean: str, parts: Mapping[str, str]) -> str:
    return _SLOT.sub(lambda slot: parts[slot[1]], korean)


def _said(name: str, text: str) -> str:
    """What a slot is filled with: a fixed phrase in Korean, or the names and types as they are."""
    if name == "choices":
        return text.replace(" or ", " 또는 ")
    if name == "lines":
        return text.replace("; T is any single value", "; T는 값 하나")
    if name not in _PHRASED:
        return text.replace(" with other fields", "(필드가 다름)") if name in _TYPES else text
    if text in _PHRASES:
        return _PHRASES[text]
    for pattern, korean in _phrases():
        match = pattern.fullmatch(text)
        if match:
            return _filled(korean, {"x": _said("example", match["x"])})
    return text.replace(" or ", " 또는 ") if name == "example" else text
