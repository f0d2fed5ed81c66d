"""Chinese. Numbers are our own: num2words has none."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from studio.text.tables import chinese_japanese
from studio.text.tables.european import signs
from studio.text.wording.language import Language, Money

_WORDS: Final = signs(
    "point = 点, minus = 负, plus = 加, percent = 百分之, percent_first = yes, permille = 千分之, to = 到, dot = 点, slash = 斜杠, dash = 杠,"
    "underscore = 下划线, at = 艾特, colon = 冒号, tilde = 波浪号, hash = 井号, and = 和, equals = 等于,"
    "backslash = 反斜杠, version = 版本, ratio = 比, per = 每, over = 每, by = 乘, times = 乘以, divided = 除以,"
    "squared = 的平方, cubed = 的立方, number = 第, less = 小于, greater = 大于, at_most = 不超过, at_least = 至少,"
    "about = 约, not_equal = 不等于, plus_minus = 正负, section = 节, degrees = 度, infinity = 无穷, pi = 派,"
    "root = 根号, dollars = 美元, euros = 欧元, pounds = 英镑, micro = 微, cents = 分, power = 的次方"
)
_CURRENCIES: Final = {
    "¥": Money("元", "元", "分", "分"), "$": Money("美元", "美元", "美分", "美分"), "CN¥": Money("元", "元", "分", "分"),
    "€": Money("欧元", "欧元", "欧分", "欧分"), "£": Money("英镑", "英镑", "便士", "便士"), "元": Money("元", "元", "分", "分"),
}  # fmt: skip
_UNITS: Final = {
    symbol: (name, name)
    for symbol, name in {
        "mm": "毫米", "cm": "厘米", "m": "米", "km": "公里", "kg": "公斤", "g": "克", "mg": "毫克", "l": "升", "L": "升",
        "ml": "毫升", "km/h": "公里每小时", "°C": "摄氏度", "°F": "华氏度", "°": "度", "m²": "平方米", "GB": "吉字节", "MB": "兆字节",
        "h": "小时", "min": "分钟", "s": "秒", "Hz": "赫兹", "W": "瓦", "kW": "千瓦", "V": "伏",
    }.items()
}  # fmt: skip


@lru_cache(maxsize=4)
def language(code: str) -> Language:
    """Chinese, written in either set of characters."""
    del code
    return chinese_japanese.language(
        "zh",
        chinese_japanese.cardinal,
        chinese_japanese.digit_by_digit,
        _WORDS,
        _CURRENCIES,
        _UNITS,
        "点",
    )
