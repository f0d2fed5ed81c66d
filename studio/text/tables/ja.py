"""Japanese."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from studio.text.tables import chinese_japanese
from studio.text.tables.european import signs
from studio.text.wording.counting import number_words
from studio.text.wording.language import Language, Money

_WORDS: Final = signs(
    "point = 点, minus = マイナス, plus = プラス, percent = パーセント, permille = パーミル, to = から, dot = ドット,"
    "slash = スラッシュ, dash = ハイフン, underscore = アンダーバー, at = アットマーク, colon = コロン, tilde = チルダ,"
    "hash = シャープ, and = アンド, equals = イコール, backslash = バックスラッシュ, version = バージョン, ratio = 対,"
    "per = 毎, over = の, by = かける, times = かける, divided = 割る, squared = の二乗, cubed = の三乗, number = 第,"
    "less = 小なり, greater = 大なり, at_most = 以下, at_least = 以上, about = 約, not_equal = ノットイコール,"
    "plus_minus = プラスマイナス, section = 節, degrees = 度, infinity = 無限大, pi = パイ, root = ルート,"
    "dollars = ドル, euros = ユーロ, pounds = ポンド, micro = マイクロ, cents = セント, power = の乗"
)
_CURRENCIES: Final = {
    "¥": Money("円", "円"), "円": Money("円", "円"), "$": Money("ドル", "ドル", "セント", "セント"),
    "€": Money("ユーロ", "ユーロ", "セント", "セント"), "£": Money("ポンド", "ポンド", "ペンス", "ペンス"),
}  # fmt: skip
_UNITS: Final = {
    symbol: (name, name)
    for symbol, name in {
        "mm": "ミリ", "cm": "センチ", "m": "メートル", "km": "キロ", "kg": "キロ", "g": "グラム", "mg": "ミリグラム", "l": "リットル",
        "L": "リットル", "ml": "ミリリットル", "km/h": "キロ毎時", "°C": "度", "°": "度", "m²": "平方メートル", "GB": "ギガバイト",
        "MB": "メガバイト", "h": "時間", "min": "分", "s": "秒", "Hz": "ヘルツ", "W": "ワット", "kW": "キロワット", "V": "ボルト",
    }.items()
}  # fmt: skip


def _cardinal(value: int) -> str:
    return number_words(value, "ja")


@lru_cache(maxsize=4)
def language(code: str) -> Language:
    """Japanese."""
    del code
    return chinese_japanese.language("ja", _cardinal, _cardinal, _WORDS, _CURRENCIES, _UNITS, "時")
