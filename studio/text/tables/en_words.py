"""English words that decide how something is read: short words, names, numbered things."""

from __future__ import annotations

from typing import Final

from studio.text.wording.word_sets import word_set

SHORT_WORDS: Final = word_set(
    """
    a able act add age ago aid aim air all also am an and any apt are area arm army art as ask
    at away baby back bad bag bail bake ball ban band bank bar bare base bath be beam bear
    beat bed beef been beer bell belt bend best bet bid big bike bill bird bit bite black blow
    blue board boat body bold bomb bond bone book boom boot born boss both bowl box boy break
    bring bug build burn bus busy but buy by bye cab cafe cage cake call calm came camp can
    cap car card care cart case cash cast cat cell chat chef chip city clap clay clip club
    clue coal coat code cold come cook cool cop copy core corn cost could cow crew crop cry
    cup cure cut dad dam damn dance dare dark data date dawn day days dead deaf deal dear debt
    deck deep deer deny desk diet dig dirt dish do does dog doll done door dot down drag draw
    drop drug drum dry duck due dumb dump dust duty each ear earn ease east easy eat edge egg
    else end envy err even ever every evil exit eye face fact fail fair fake fall fame fan far
    farm fast fat fate fear fed fee feed feel feet few file fill film find fine fire firm fish
    fit five fix flag flat flee flip flow fly fold food fool foot for fork form fort four free
    from fruit fry fuel full fun fund gain game gap gas gate gave gaze gear get gift girl give
    glad glue go goal goat god goes gold golf gone good got grab gray grey great grew grid
    grip grow guess gun guy gym had hair half hall halt ham hand hang happy hard harm has hat
    hate have hay he head heal hear heat heel held hell help hen her here hero hers hey hi hid
    hide high hill him hint hip hire his hit hold hole holy home hook hop hope host hot hour
    how hug huge hurt ice icy idea idle if ill in inch ink inn into iron is isle it item its
    jail jam jar jaw jazz jet job join joke joy jump june july junk jury just keen keep kept
    key kick kid kill kind king kiss knee knew know lab lack lady lake lamp land lane lap
    large last late laugh law lay lazy lead leaf lean leap learn left leg lend less let lid
    lie life lift light like limb lime line link lion lip list live load loan lock log lone
    long look loop lord lose loss lost lot loud love low luck lump lung mad made mail main
    make male mall man many map mark mass mat mate math may maybe me meal mean meat meet melt
    men menu mere mess met mild mile milk mill mind mine miss mix mob mode mom mood moon more
    most move much mud mug mum must my myth nail name navy near neat neck need nest net never
    new news next nice night nine no none noon nor north nose not note now nut oak obey odd of
    off offer oh oil ok okay old on once one only onto open or oral other our out oven over
    own pack pad page paid pain pair pale palm pan park part pass past path pay peace peak pen
    per pet phone pick pie pig pile pill pin pink pipe pit pity plan play plea plot plug plus
    poem poet point pole poll pool poor pop port post pot pour pray press pub pull pure push
    put quick quit quite race rack rage rain rank rare rat rate raw reach read ready real red
    rely rent rest rice rich rid ride right ring rise risk road rob rock rod role roll roof
    room root rope rose round row royal rub rude rule run rush sad safe said sail sake sale
    salt same sand save saw say sea seal seat see seed seek seem seen self sell send sent set
    sew sex shall she ship shoe shop shot should show shut shy sick side sign silk sing sink
    sir sit site six size skin skip sky slip slow small smart smoke snap snow so soap sock
    soft soil sold sole some son song soon sorry sort soul soup sour south space speak spin
    spot stand star start stay steal step still stir stop store story such suit sum sun sure
    swim tail take tale talk tall tank tap tape task taste tax tea teach team tear tell ten
    tend tent term test text than thank thanks that the their them then there these they thin
    thing think this those three tie till time tin tiny tip tire to today toe told tone too
    took tool top tour town toy trap tray tree trip true trust try tube tune turn twin two
    type ugly unit until up upon urge us use used user vary vast very via view visa voice vote
    wage wait wake walk wall want war warm warn was wash water wave way we weak wear week well
    went were west wet what wheel when where which while white who whole whom whose why wide
    wife wild will win wind wine wing wire wise wish with wolf woman won wood wool word work
    world worn worry would wow write wrong yard yeah year yell yes yet you young your zero
    zone zoo
    """
)
"""Words of up to five letters that people set in capitals."""

AMBIGUOUS: Final = word_set(
    """
    us it who am or add aids ice can may pin ok hi an in me so as at
    """
)
"""Words that in capitals are mostly something else, unless all around them is in capitals."""

SPOKEN_ACRONYMS: Final = word_set(
    """
    aids nasa nato unesco unicef opec ram rom pin sim zip lan wan gif jpeg laser radar scuba
    swat asap sars ikea lego fifa uefa nafta asean fema osha nimby yolo fomo covid pepsi ascii
    json yaml toml sudo bios cad cam dos gui ajax rest soap crud kpmg mensa nasdaq navy potus
    scotus flotus sonar wifi wysiwyg captcha basic cobol fortran linux unix ebay visa amex
    hepa wasp pisa brexit bafta erasmus cern ansi fiat saab audi moma nasal tefl toefl
    gaap ted
    """
)
"""Capitals that are said as a word."""

SPELT_ACRONYMS: Final = word_set(
    """
    aka ups imho imo tbh brb afk iirc api apis usa eu uk uae ussr un fbi cia irs isbn isp iou ieee ibm hiv dna rna abc usb
    url urls uri uuid ui ux ai ml ip id ids io os ide cpu gpu aws sap seo ceo cfo cto coo hr
    iq eq atm ufo oem vip mia diy faq eta rsvp sos icu er emt iud ivf oecd ecb imf eea espn
    mtv ucla nyu usc aol apa ama aclu afl nfl nba nhl mlb ufc ncaa oed etc
    """
)
"""Capitals that are spelt although they could be a word."""

SPECIAL_ACRONYMS: Final = {
    "ieee": "I triple E", "naacp": "N double A C P", "aaa": "triple A", "jpg": "jay peg",
    "sql": "S Q L", "wwi": "World War one", "wwii": "World War two", "ok": "okay",
}  # fmt: skip

ORDINAL_NAMES: Final = word_set(
    """
    king queen pope emperor tsar czar kaiser sultan prince henry louis edward george william
    charles james richard elizabeth napoleon pius benedict leo paul ramses ramesses rameses
    frederick philip alexander nicholas peter catherine ivan umberto emmanuel emanuel gustav
    christian ferdinand innocent gregory clement urban john francis joseph otto conrad rudolf
    rudolph leopold albert baldwin boniface sixtus julius adrian eugene callixtus constantine
    robert malcolm david kenneth alfonso alphonso isabella juan carlos felipe margaret mary
    anne harald olaf haakon eric erik oscar sigismund ladislaus casimir stephen bela andrew
    mehmed selim suleiman murad ahmed mahmud abdul thutmose amenhotep seti ptolemy cleopatra
    darius xerxes cyrus artaxerxes theodore wilhelm friedrich ludwig maximilian victor michael
    manuel pedro afonso sebastian amadeus
    """
)
"""Behind these a Roman numeral is an ordinal: "Henry the eighth"."""

NUMBERED_THINGS: Final = word_set(
    """
    chapter part act scene section page pages volume vol book phase article war mark type
    level stage class grade bowl apollo gemini fantasy episode round rocky wars appendix
    figure fig table title schedule annex category tier group unit module lesson step vatican
    olympiad number no verse canto sonnet symphony opus op no. division corps schedule exhibit
    amendment factor photo form panel plate quarter psalm season saturn titan polaris park
    saga quest civilization halo iphone civ gta warcraft souls evil theft auto age terminator
    rambo alien creed wrestlemania
    """
)
"""Behind these it is a plain number: "Chapter four"."""
