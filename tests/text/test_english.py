"""How English is read, kind by kind. Marks and capitals do not count here."""

from __future__ import annotations

import pytest

from tests.text.saying import bare, said_again, words

CASES = {
    "numbers": [
        ("We sold 3,250, then 12,000; now 1,000,000.",
         "we sold three thousand two hundred fifty then twelve thousand now one million"),
        ("It fell by 0.05 to 17.5.", "it fell by zero point zero five to seventeen point five"),
        ("Agent 007 has 99 lives", "agent zero zero seven has ninety nine lives"),
        ("A delay of .25", "a delay of zero point two five"),
        ("-4 and +4", "minus four and plus four"),
        ("serial 90812345678901234567", "serial nine zero eight one two three four five six seven "
         "eight nine zero one two three four five six seven"),
        ("#3 of 10", "number three of ten"),
        ("No. 7 is No. 1", "number seven is number one"),
        ("a 3-year-old and a top-5 song", "a three year old and a top five song"),
        ("2x faster, 4x4, 1024x768",
         "two times faster four by four one thousand twenty four by seven hundred sixty eight"),
        ("4 + 5 = 9, 9 - 5 = 4, 3 × 2, 6 ÷ 3", "four plus five equals nine nine minus five equals "
         "four three times two six divided by three"),
        ("x² and y³, 2^8", "x squared and y cubed two to the power of eight"),
    ],
    "ordinals": [
        ("The 2nd, 3rd, 11th and 42nd floor", "the second third eleventh and forty second floor"),
        ("the 1,001st night", "the one thousand first night"),
    ],
    "years": [
        ("In 1066, in 1215 and since 1707.",
         "in ten sixty six in twelve fifteen and since seventeen oh seven"),
        ("Born 1900, died 2000.", "born nineteen hundred died two thousand"),
        ("It was 1999; now it is 2031.", "it was nineteen ninety nine now it is two thousand thirty one"),
        ("In 2005 and in 2018", "in two thousand five and in twenty eighteen"),
        ("There were 1984 voters and 1450 horses",
         "there were one thousand nine hundred eighty four voters and one thousand four hundred fifty horses"),
        ("from 753 BC to AD 476, or 410 AD",
         "from seven fifty three b c to a d four hundred seventy six or four ten a d"),
        ("a summer in '68", "a summer in sixty eight"),
    ],
    "decades": [
        ("the 1970s and the '20s", "the nineteen seventies and the twenties"),
        ("in her 30s, in the 60s", "in her thirties in the sixties"),
        ("the mid-1980s", "the mid nineteen eighties"),
        ("the 1900s", "the nineteen hundreds"),
        ("it took 30s", "it took thirty seconds"),
    ],
    "dates": [
        ("on 7/4/2026", "on july fourth twenty twenty six"),
        ("on 31/12/1999", "on december thirty first nineteen ninety nine"),
        ("2019-06-30", "june thirtieth twenty nineteen"),
        ("2019/06/30", "june thirtieth twenty nineteen"),
        ("at 2021-10-09T07:30:00Z", "at october ninth twenty twenty one seven thirty u t c"),
        ("Aug. 21, 2017 and 5 May", "august twenty first twenty seventeen and the fifth of may"),
        ("from June 3-7", "from june third to seventh"),
        ("the 14th of July", "the fourteenth of july"),
        ("in Sept. 2020", "in september twenty twenty"),
        ("Mon-Fri, Wed. 3 June", "monday to friday wednesday the third of june"),
    ],
    "times": [
        ("at 7:05am, 11:45 PM and 6 p.m.", "at seven oh five a m eleven forty five p m and six p m"),
        ("at 10:00 or 21:15", "at ten o'clock or twenty one fifteen"),
        ("at 17:00", "at seventeen hundred"),
        ("9am-5pm and 8:30-10 am", "nine a m to five p m and eight thirty to ten a m"),
        ("open 24/7", "open twenty four seven"),
        ("a score of 3:1", "a score of three to one"),
    ],
    "money": [
        ("It is $6,120, or £14.50!",
         "it is six thousand one hundred twenty dollars or fourteen pounds and fifty pence"),
        ("$.05, $0.75, $1.10, $1, $20.00",
         "five cents seventy five cents one dollar and ten cents one dollar twenty dollars"),
        ("£1.01 or 30p or 5¢", "one pound and one penny or thirty pence or five cents"),
        ("$3-$5, €10–20, $2-4 million",
         "three to five dollars ten to twenty euros two to four million dollars"),
        ("$1.2bn, £7m, $5k", "one point two billion dollars seven million pounds five thousand dollars"),
        ("£640", "six hundred and forty pounds"),
        ("40 USD and EUR 9", "forty dollars and nine euros"),
        ("a $50 note, two $100 bills", "a fifty dollar note two one hundred dollar bills"),
        ("$9/month, €30/h", "nine dollars per month thirty euros per hour"),
        ("-$8", "minus eight dollars"),
        ("¥300 and ₹45", "three hundred yen and forty five rupees"),
    ],
    "units": [
        ("12 km, 1 km, 3kg", "twelve kilometers one kilometer three kilograms"),
        ("a 10 km run", "a ten kilometer run"),
        ("the run is 10 km long", "the run is ten kilometers long"),
        ("80 mph, 3 m/s, 100 km/h",
         "eighty miles per hour three meters per second one hundred kilometers per hour"),
        ("16GB, 2.4 GHz, 5 V", "sixteen gigabytes two point four gigahertz five volts"),
        ("it is 72 F, -3 °C and 45°", "it is seventy two degrees fahrenheit minus three degrees celsius "
         "and forty five degrees"),
        ("30 m², 2 m³", "thirty square meters two cubic meters"),
        ("he is 6'1\" and the board 10\"", "he is six foot one and the board ten inches"),
        ("5-7 lbs, 8 oz.", "five to seven pounds eight ounces"),
        ("75%, 0.5 %, 20-30%", "seventy five percent zero point five percent twenty to thirty percent"),
    ],
    "phones": [
        ("Call 415-555-0132.", "call four one five five five five zero one three two"),
        ("(415) 555-0132 or 415.555.0132", "four one five five five five zero one three two or "
         "four one five five five five zero one three two"),
        ("555-0187", "five five five zero one eight seven"),
        ("+1 415 555 0132", "plus one four one five five five five zero one three two"),
        ("+49 30 901820", "plus four nine three zero nine zero one eight two zero"),
        ("1-888-555-0123 and 1-900-555-0123", "one eight eight eight five five five zero one two three "
         "and one nine hundred five five five zero one two three"),
        ("1-800-FLOWERS", "one eight hundred flowers"),
        ("020 7946 0321", "zero two zero seven nine four six zero three two one"),
        ("07700 900 461", "zero seven seven zero zero nine zero zero four six one"),
        ("Dial 911", "dial nine one one"),
        ("Phone 4155550132", "phone four one five five five five zero one three two"),
        ("my number is 555-0132, ext. 44",
         "my number is five five five zero one three two extension forty four"),
    ],
    "ranges": [
        ("pages 12-19", "pages twelve to nineteen"),
        ("pp. 4–9", "pages four to nine"),
        ("1914-18 and 1939 - 1945",
         "nineteen fourteen to eighteen and nineteen thirty nine to nineteen forty five"),
        ("ages 5-10", "ages five to ten"),
        ("3%-4%", "three percent to four percent"),
    ],
    "fractions": [
        ("1/2, 1/4, 3/4, 5/8", "one half one quarter three quarters five eighths"),
        ("2 1/2 and 7⅓ and ½",
         "two and a half and seven and a third and one half"),
        ("blood pressure 120/80", "blood pressure one hundred twenty over eighty"),
        ("chances are 50/50", "chances are fifty fifty"),
    ],
    "roman": [
        ("Edward VII and Catherine II's court",
         "edward the seventh and catherine the second's court"),
        ("World War II, Chapter IX, Act I, Volume III", "world war two chapter nine act one volume three"),
        ("Book Ⅳ", "book four"),
        ("I think George I was a king", "i think george the first was a king"),
        ("Then Henry I think left", "then henry i think left"),
        ("the XVII century", "the seventeenth century"),
        ("Malcolm X, a CD, an MD, I", "malcolm x a c d an m d i"),
        ("p. iv and part ii", "page four and part two"),
    ],
    "abbreviations": [
        ("Mr. and Mrs. Hill, Prof. Wu, Lt. Fox, Ken Dodd Jr.",
         "mister and missus hill professor wu lieutenant fox ken dodd junior"),
        ("St. Mary's is on Church St.", "saint mary's is on church street"),
        ("5 Oak Ave. or 7 Hill Rd.", "five oak avenue or seven hill road"),
        ("fruit, e.g. figs, i.e. sweet ones, etc.", "fruit for example figs that is sweet ones et cetera"),
        ("eg. this; vs. that; approx. 5; a.k.a. Bo",
         "for example this versus that approximately five also known as bo"),
        ("Acme Inc. and Bell Corp. est. 1900",
         "acme incorporated and bell corporation established nineteen hundred"),
        ("with w/o c/o", "with without care of"),
        ("fig. 2, ch. 3, vol. 4", "figure two chapter three volume four"),
    ],
    "initials": [
        ("E. M. Forster and J.R.R. Tolkien", "e m forster and j r r tolkien"),
        ("the U.S.A. and the E.U.", "the u s a and the e u"),
        ("She has a Ph.D.", "she has a p h d"),
    ],
    "addresses": [
        ("Mail jo.smith+x@mail.example.org",
         "mail jo dot smith plus x at mail dot example dot org"),
        ("http://www.example.com/shop/new-items/",
         "example dot com slash shop slash new dash items"),
        ("See example.co.uk.", "see example dot co dot u k"),
        ("https://example.com/?q=1&r=2#top", "example dot com"),
        ("Open ~/notes.txt or /usr/local/bin",
         "open tilde slash notes dot t x t or slash usr slash local slash bin"),
        ("edit main.rs and my_file.json", "edit main dot r s and my file dot json"),
        ("the max_value of user_id", "the max value of user id"),
        ("@anna #GoodNews", "at anna hashtag good news"),
    ],
    "dots": [
        ("v1.2.3 and version 4.10", "version one point two point three and version four point ten"),
        ("Python 3.12 beats 3.9.1", "python three point twelve beats three point nine point one"),
        ("at 192.168.0.1", "at one hundred ninety two dot one hundred sixty eight dot zero dot one"),
        ("pi is 3.14", "pi is three point one four"),
    ],
    "letters and digits": [
        ("order AB120934", "order a b one two zero nine three four"),
        ("postcode N1 9GU and SW1A 2AA", "postcode n one nine g u and s w one a two a a"),
        ("the B52s, MP4, H2O, 5G, A4, M25",
         "the b fifty two s m p four h two o five g a four m twenty five"),
        ("COVID-19 and F-16", "covid nineteen and f sixteen"),
        ("New York, NY 10027", "new york n y one zero zero two seven"),
        ("order number 4410", "order number four four one zero"),
        ("room 204, flight BA 117", "room two oh four flight b a one seventeen"),
    ],
    "ampersand": [
        ("B&B, M&A, AT&T, salt & vinegar", "b and b m and a a t and t salt and vinegar"),
    ],
    "capitals": [
        ("DO NOT OPEN THIS WINDOW", "do not open this window"),
        ("I said NO, it is VERY bad, STOP", "i said no it is very bad stop"),
        ("the CIA, an SSL key, two DVDs, the UN's", "the c i a an s s l key two d v ds the u n's"),
        ("NASA, UNESCO and RAM", "nasa unesco and ram"),
        ("the US and the IT team", "the u s and the i t team"),
        ("LEAVE IT TO US", "leave it to us"),
        ("HTML, XML and JSON", "h t m l x m l and json"),
        ("TCP/IP", "t c p i p"),
        ("OK", "okay"),
        ("WWII", "world war two"),
    ],
    "apart": [
        ("Flat 3B, 11C Hill St.", "flat three b eleven c hill street"),
        ("3M people but 3M.", "three million people but three m"),
        ("Send it by 9/30, not 3/4.", "send it by september thirtieth not three quarters"),
        ("2 pills, 3/day", "two pills three per day"),
        ("a time of 12:08.5", "a time of twelve eight point five"),
        ("Luke 2:1-7", "luke two one to seven"),
        ("the 80's and the 90s", "the eighties and the nineties"),
        ("your msg. of May 1, pls. wait", "your msg of may first pls wait"),
        ("y = 3x + 1", "y equals three x plus one"),
        ("Ft. Myers", "fort myers"),
        ("Bye! :-) <3", "bye"),
        ("€1.250,40", "one thousand two hundred fifty euros and forty cents"),
        ("FYI, UPS is ok, IMHO", "f y i u p s is ok i m h o"),
    ],
    "quotes": [
        ("I don’t — “really” — know ‘it’.", "i don't really know it"),
        ("rock 'n' roll, the dogs' bowls", "rock n roll the dogs bowls"),
    ],
    "signs": [
        ("3 < 4 and 4 > 3", "three is less than four and four is greater than three"),
        ("≈5, ≥ 6, ±1", "about five is at least six plus or minus one"),
        ("and/or, he/she", "and or he or she"),
        ("C# and C++", "c sharp and c plus plus"),
        ("a → b", "a to b"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"), [case for cases in CASES.values() for case in cases], ids=lambda v: v[:40]
)
def test_it_is_read_as_a_good_reader_would(text: str, said: str) -> None:
    assert words(text) == bare(said)


def test_what_is_in_words_is_read_as_it_is() -> None:
    pairs = [
        pair for cases in CASES.values() for text, _ in cases for pair in said_again(text, "en")
    ]
    assert [pair for pair in pairs if pair[0] != pair[1]] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("on 7/4/2026", "on the seventh of april twenty twenty six"),
        ("3 June 2011", "the third of june twenty eleven"),
        ("305 people", "three hundred and five people"),
        ("in 2007", "in two thousand and seven"),
        ("5 km", "five kilometres"),
    ],
)
def test_british_dates_and_numbers(text: str, said: str) -> None:
    assert words(text, "en-gb") == said
