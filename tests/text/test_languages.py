"""How the other languages are read, kind by kind. Marks and capitals do not count here."""

from __future__ import annotations

import pytest

from tests.text.saying import bare, said_again, words

CASES = {
    "es": [
        ("Nació el 12/06/1985 a las 06:15.",
         "nació el doce de junio de mil novecientos ochenta y cinco a las seis quince"),
        ("2023-01-31", "treinta y uno de enero de dos mil veintitrés"),
        ("Son 2.450, no 31.000,5", "son dos mil cuatrocientos cincuenta no treinta y un mil coma cinco"),
        ("21 años y 31 niñas", "veintiún años y treinta y una niñas"),
        ("Vale 4,50 €, 1 € o 200 £", "vale cuatro euros con cincuenta un euro o doscientas libras"),
        ("Un 5% de 2 km", "un cinco por ciento de dos kilómetros"),
        ("El Sr. Gil y la Dra. Ruiz, p. ej., etc.",
         "el señor gil y la doctora ruiz por ejemplo etcétera"),
        ("siglo XV, Felipe II", "siglo quince felipe segundo"),
        ("EE. UU.", "estados unidos"),
        ("3 millones de euros", "tres millones de euros"),
        ("Llama al 600 123 456", "llama al seis cero cero uno dos tres cuatro cinco seis"),
        ("ana@correo.es", "ana arroba correo punto es"),
        ("1.ª y 2º", "primera y segundo"),
        ("1/2 y 2/3", "medio y dos tercios"),
    ],
    "fr": [
        ("Le 14 juillet 1789 à 9h05", "le quatorze juillet mille sept cent quatre vingt neuf à neuf heures cinq"),
        ("Le 02/03/2021", "le deux mars deux mille vingt et un"),
        ("2 500 000 habitants, 3,75 m", "deux millions cinq cent mille habitants trois virgule soixante quinze mètres"),
        ("Ça coûte 7,20 €.", "ça coûte sept euros vingt"),
        ("M. Blanc et Mme Noir", "monsieur blanc et madame noir"),
        ("Louis XVI, le XVIIIe siècle, François Ier",
         "louis seize le dix huitième siècle françois premier"),
        ("la 1re et le 3e", "la première et le troisième"),
        ("01 44 55 66 77", "zéro un quarante quatre cinquante cinq soixante six soixante dix sept"),
        ("80 % de 12 kg", "quatre vingts pour cent de douze kilos"),
    ],
    "it": [
        ("Il 25/04/1945 alle 14:10", "il venticinque aprile millenovecentoquarantacinque alle quattordici e dieci"),
        ("Sono 3.750.000 abitanti", "sono tre milioni settecentocinquantamila abitanti"),
        ("Costa 5,50 € al kg", "costa cinque euro e cinquanta al kg"),
        ("Il sig. Neri, la dott.ssa Blu ecc.", "il signor neri la dottoressa blu eccetera"),
        ("Pio XII, il XX secolo", "pio dodicesimo il ventesimo secolo"),
        ("un 20% di 6 km", "un venti per cento di sei chilometri"),
    ],
    "pt": [
        ("Em 07/09/1822 às 16h30", "em sete de setembro de mil oitocentos e vinte e dois às dezesseis e trinta"),
        ("R$ 12,90 e 1.500 reais", "doze reais e noventa e mil e quinhentos reais"),
        ("O Sr. Dias e a Dra. Lima", "o senhor dias e a doutora lima"),
        ("século XVI, D. Pedro II", "século dezesseis dom pedro segundo"),
        ("10% de 3 km", "dez por cento de três quilômetros"),
        ("22 meninas", "vinte e duas meninas"),
    ],
    "de": [
        ("Am 03.10.1990 um 14:05 Uhr", "am dritten oktober neunzehnhundertneunzig um vierzehn uhr fünf"),
        ("Der 1. Mai, am 1. Mai, vom 2. Stock", "der erste mai am ersten mai vom zweiten stock"),
        ("2022-02-28", "achtundzwanzigste februar zweitausendzweiundzwanzig"),
        ("Es kostet 3,49 € oder 1.200 €.", "es kostet drei euro neunundvierzig oder tausendzweihundert euro"),
        ("z. B. so, d. h. gut, usw.", "zum beispiel so das heißt gut und so weiter"),
        ("Dr. Weiß, Nr. 8, Lindenstr. 9", "doktor weiß nummer acht lindenstraße neun"),
        ("Friedrich II. und Kapitel IV", "friedrich der zweite und kapitel vier"),
        ("2,5 Mio. Menschen, 1 kg, 20 %", "zwei komma fünf millionen menschen ein kilogramm zwanzig prozent"),
        ("im 18. Jahrhundert", "im achtzehnten jahrhundert"),
        ("1848 und 1500 Leute", "achtzehnhundertachtundvierzig und tausendfünfhundert leute"),
    ],
    "zh": [
        ("2023-08-09", "二零二三年八月九日"),
        ("他有12本书，花了¥30。", "他有十二本书 花了三十元"),
        ("增长50%", "增长百分之五十"),
        ("共1050人，9:05开始", "共一千零五十人 九点五分开始"),
    ],
    "ja": [
        ("2023年8月9日に3人", "二千二十三年八月九日に三人"),
        ("1,500円です", "千五百円です"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [(language, *case) for language, cases in CASES.items() for case in cases],
    ids=lambda v: v[:40],
)
def test_it_is_read_in_its_language(language: str, text: str, said: str) -> None:
    assert words(text, language) == bare(said)


def test_what_is_in_words_is_read_as_it_is() -> None:
    pairs = [
        pair
        for language, cases in CASES.items()
        for text, _ in cases
        for pair in said_again(text, language)
    ]
    assert [pair for pair in pairs if pair[0] != pair[1]] == []


def test_a_language_without_a_table_keeps_its_figures_for_the_engine() -> None:
    assert words("Ela on 25, 3.5 km", "fi") == "ela on 25 3 5 km"
    assert words("मेरे पास 3 किताबें हैं", "hi") == bare("मेरे पास 3 किताबें हैं")
