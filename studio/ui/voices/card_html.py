"""What the Voices tab shows, as HTML: quality reports, voice cards, the segments of a voice.

Pure functions. Every word that a person typed, or that came out of a file, is escaped here; names
stand in ``<bdi>``, so that one written from right to left does not turn its neighbours around.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from html import escape
from typing import Final

from studio.core.speech.languages import language_name
from studio.profile import ProfileMetadata, SegmentRecord
from studio.types import CleaningReport, Finding, Prompting, Verdict
from studio.ui.parts.present import Kind, badge, empty_state, notice, undo_button

VERDICTS: Final[dict[Verdict, tuple[str, Kind]]] = {
    Verdict.ACCEPT: ("✓ Good", "good"),
    Verdict.WARN: ("! Check", "warn"),
    Verdict.REFUSE: ("✕ Cannot be used", "bad"),
}

SHORT: Final = badge("! Short", "warn")
"""What is to be checked where there is little speech: a word that says it."""

# Measure of a finding -> its name for people, and its value with unit.
MEASURES: Final[dict[str, tuple[str, Callable[[CleaningReport], str]]]] = {
    "speech": ("Speech", lambda r: f"{r.speech_s:.1f} s of {r.source_duration_s:.1f} s"),
    "noise": ("Signal to noise", lambda r: level(r.snr_db, "dB")),
    "clipping": ("Clipped samples", lambda r: f"{100 * r.clipping_ratio:.2g} %"),
    "bandwidth": ("Bandwidth", lambda r: hertz(r.bandwidth_hz)),
    "narrow": ("Bandwidth", lambda r: hertz(r.bandwidth_hz)),
    "loudness": ("Loudness", lambda r: level(r.lufs_after, "LUFS")),
    "music": ("Music", lambda r: "–"),
    "speakers": ("Speakers", lambda r: "–"),
}

PROMPTING_FORM: Final = "prompting"

PROMPTING: Final = {
    Prompting.TWO_SEGMENT: "As turns before its own: the clips are read once and kept",
    Prompting.CONTINUATION: (
        "Goes on from the last clip as if it had not ended: later to its first sound"
    ),
}


def level(value: float | None, unit: str) -> str:
    """A level with its unit; a dash where it has no value."""
    return "–" if value is None else f"{value:.1f} {unit}".replace("-", "−")


def hertz(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value / 1000:.3g} kHz" if value >= 1000 else f"{value:.0f} Hz"


def verdict_badge(verdict: Verdict) -> str:
    """A verdict as sign, word and colour, so that it does not hang on colour."""
    text, kind = VERDICTS[verdict]
    return badge(text, kind)


def report_badge(report: CleaningReport) -> str:
    """The verdict on a whole clip; "Short" where nothing else is to be checked."""
    warned = [found.measure for found in report.findings if found.verdict is Verdict.WARN]
    is_short = report.verdict is Verdict.WARN and warned == ["speech"]
    return SHORT if is_short else verdict_badge(report.verdict)


def what_changed(report: CleaningReport) -> str:
    """One line: how the level changed, and what was cut where."""
    way = "louder" if report.gain_db >= 0 else "softer"
    parts = [f"{abs(report.gain_db):.1f} dB {way}"]
    if report.trimmed_start_s > 0:
        parts.append(f"{report.trimmed_start_s:.2f} s cut at the start")
    if report.trimmed_end_s > 0:
        parts.append(f"{report.trimmed_end_s:.2f} s cut at the end")
    if report.trimmed_start_s <= 0 and report.trimmed_end_s <= 0:
        parts.append("nothing cut")
    if report.pauses_shortened_s > 0:
        parts.append(f"long pauses shortened by {report.pauses_shortened_s:.2f} s")
    return ", ".join(parts)


def report_summary(report: CleaningReport) -> str:
    """What was done to the clip and what to do about it, in a few lines."""
    advice = "".join(f"<li>{escape(sentence)}</li>" for sentence in report.advice)
    listed = f'<ul class="vs-advice">{advice}</ul>' if advice else ""
    if report.verdict is Verdict.REFUSE:
        return listed
    return (
        f'<p class="vs-changed"><b>Changed:</b> {escape(what_changed(report))}. '
        f"The original file is not touched.</p>{listed}"
    )


def report_table(report: CleaningReport) -> str:
    """Every measure with its value, its sentence and its verdict."""
    rows = "".join(_measure_row(finding, report) for finding in report.findings)
    source = (
        f"{escape(report.source_format)}, {hertz(report.source_sample_rate)}, "
        f"{_count(report.source_channels, 'channel')}"
    )
    return (
        '<div class="vs-scroll"><table class="vs-report"><caption class="vs-sr">Quality report'
        '</caption><thead><tr><th scope="col">Measure</th><th scope="col">Value</th>'
        '<th scope="col">What it means</th><th scope="col">Verdict</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        f'<p class="vs-fine">Loudness {level(report.lufs_before, "LUFS")} → '
        f"{level(report.lufs_after, 'LUFS')}, true peak "
        f"{level(report.true_peak_before_dbtp, 'dBTP')} → "
        f"{level(report.true_peak_dbtp, 'dBTP')}. Recording: {source}. Background noise "
        f"{level(report.noise_floor_dbfs, 'dBFS')}. Speech found by "
        f"{escape(report.voice_activity)}.</p>"
    )


def _measure_row(finding: Finding, report: CleaningReport) -> str:
    name, value = MEASURES.get(
        finding.measure, (finding.measure.replace("_", " ").capitalize(), lambda _: "–")
    )
    is_short = finding.measure == "speech" and finding.verdict is Verdict.WARN
    verdict = SHORT if is_short else verdict_badge(finding.verdict)
    return (
        f'<tr><th scope="row">{escape(name)}</th><td class="vs-number">{value(report)}</td>'
        f"<td>{escape(finding.sentence)}</td><td>{verdict}</td></tr>"
    )


def clip_card(name: str, report: CleaningReport, plots: str, *, files: bool) -> str:
    """One examined clip before it is saved. ``plots`` is ready HTML from ``drawing``."""
    shown = escape(name)
    listen = (
        '<div class="vs-listen">'
        '<label>Before<audio controls preload="none" src="<before>" '
        f'aria-label="{shown}, before cleaning"></audio></label>'
        '<label>After<audio controls preload="none" src="<after>" '
        f'aria-label="{shown}, after cleaning"></audio></label></div>'
        if files
        else ""
    )
    refused = report.verdict is Verdict.REFUSE
    done = " ".join(report.advice[:1]) if refused else f"{what_changed(report)}."
    told = escape(f"{name}: {VERDICTS[report.verdict][0][2:]}. {done}")
    return (
        f"{_clip_head(name, report.verdict, report_badge(report))}"
        f'{plots}<div class="vs-told" data-spoken data-says="{told}">{report_summary(report)}</div>'
        f"{listen}"
        f"<details><summary>Full quality report ({_tally(report.findings)})</summary>"
        f"{report_table(report)}</details>"
    )


def unreadable_clip(name: str, sentence: str) -> str:
    """A file that could not be decoded at all."""
    return (
        f"{_clip_head(name, Verdict.REFUSE, verdict_badge(Verdict.REFUSE))}"
        f'<p class="vs-advice" role="alert">{escape(sentence)}</p>'
    )


def _clip_head(name: str, verdict: Verdict, mark: str) -> str:
    refused = " vs-refused" if verdict is Verdict.REFUSE else ""
    return f'<div class="vs-clip-head{refused}"><h3><bdi>{escape(name)}</bdi></h3>{mark}</div>'


def voice_card(profile: ProfileMetadata, wave: str, *, is_common: bool = False) -> str:
    """One voice of the library. Its buttons carry the action; the grid's script sends it. A common
    voice can be duplicated, and not changed."""
    traits = profile.characteristics
    name = escape(profile.name)
    speech_s = sum(segment.report.speech_s for segment in profile.segments)
    facts = [
        ("Speech", f"{speech_s:.0f} s in {_count(len(profile.segments), 'clip')}"),
        ("Pitch", _pitch(traits.f0_median_hz, traits.f0_low_hz, traits.f0_high_hz)),
        ("Pace", _pace(traits.pace_syllables_per_s)),
    ]
    listed = "".join(f"<div><dt>{term}</dt><dd>{escape(value)}</dd></div>" for term, value in facts)
    starter = '<span class="vs-chip vs-starter">Starter voice</span>' if profile.starter else ""
    # The chip before them says it already.
    own = [tag for tag in profile.tags if not (profile.starter and tag == "starter")]
    tags = "".join(f'<span class="vs-chip"><bdi>{escape(tag)}</bdi></span>' for tag in own)
    return (
        f'<article class="vs-card vs-voice" data-id="{escape(profile.id)}" '
        f'data-revision="{profile.revision}" aria-label="Voice {name}">'
        f'<header><h3><bdi>{name}</bdi></h3><span class="vs-fine">'
        f"{escape(language_name(profile.language))}</span></header>"
        f'{wave}<div class="vs-chips">{starter}{tags}</div><dl>{listed}</dl>'
        f'<div class="vs-actions">'
        f'<button type="button" class="vs-primary" data-event="play" data-what="sentence">▶ Play'
        f'<span class="vs-sr"> a sentence by {name}</span></button>'
        f'<button type="button" data-event="play" data-what="recording">Recording'
        f'<span class="vs-sr"> of {name}</span></button>'
        f'<button type="button" data-event="select">Details'
        f'<span class="vs-sr"> of {name}</span></button>{_menu(profile, is_common)}</div></article>'
    )


def _menu(profile: ProfileMetadata, is_common: bool) -> str:
    name = escape(profile.name)
    delete = '<button type="button" class="vs-danger" data-event="delete">Delete</button>'
    return (
        f'<details class="vs-menu"><summary aria-label="More for {name}">⋯</summary>'
        f'<div class="vs-menu-body">{"" if is_common else _changes(profile)}'
        f'<div class="vs-actions"><button type="button" data-event="copy">Duplicate</button>'
        f'<button type="button" data-event="download">Export</button>'
        f"{'' if is_common else delete}</div></div></details>"
    )


def _changes(profile: ProfileMetadata) -> str:
    name, tags = escape(profile.name), escape(", ".join(profile.tags))
    return (
        f'<form data-event="submit" data-what="name"><label>Name'
        f'<input name="value" value="{name}" maxlength="80" dir="auto" autocomplete="off"></label>'
        f"<button>Rename</button></form>"
        f'<form data-event="submit" data-what="tags"><label>Tags, separated by commas'
        f'<input name="value" value="{tags}" dir="auto" autocomplete="off"></label>'
        f"<button>Save tags</button></form>"
    )


def damaged_card(profile_id: str, error: str) -> str:
    """A profile that cannot be read: neither hidden nor fatal."""
    return (
        f'<article class="vs-card vs-voice vs-damaged" data-id="{escape(profile_id)}" '
        f'data-revision="0" aria-label="Damaged voice {escape(profile_id)}"><header><h3>'
        f"<bdi>{escape(profile_id)}</bdi></h3>{verdict_badge(Verdict.REFUSE)}</header>"
        f'<p role="note">{escape(error)}</p>'
        f'<p class="vs-fine">The other voices are not affected. Import a backup of this voice, '
        f"or delete it.</p>"
        f'<div class="vs-actions"><button type="button" class="vs-danger" data-event="delete">'
        f"Delete</button></div></article>"
    )


def library(cards: Iterable[str], *, found: int, total: int, page: int, pages: int) -> str:
    """The grid of cards with a line that says how many there are, and the way to other pages."""
    if not total:
        return empty_state(
            "No voices yet", "Add a recording above, or import a .voiceprofile file."
        )
    if not found:
        return empty_state("No voice matches", "Search for a part of a name, a tag or a language.")
    said = f"{found} of {total} voices" if found < total else _count(total, "voice")
    turn = ""
    if pages > 1:
        said += f", page {page} of {pages}"
        turn = (
            '<nav class="vs-actions vs-pages" aria-label="Pages of the library">'
            f'<button type="button" data-event="apply" data-what="{page - 1}"'
            f"{' disabled' if page <= 1 else ''}>Previous page</button>"
            f'<button type="button" data-event="apply" data-what="{page + 1}"'
            f"{' disabled' if page >= pages else ''}>Next page</button></nav>"
        )
    return (
        f'<p class="vs-fine" data-spoken="change">{said}</p>'
        f'<div class="vs-grid">{"".join(cards)}</div>{turn}'
    )


def deleted(name: str, ticket: str) -> str:
    """Tells that a voice was deleted, with the way back."""
    return (
        f'<div class="vs-notice vs-deleted" data-spoken><span>Deleted <bdi>{escape(name)}</bdi>.'
        f"</span> {undo_button(ticket)}</div>"
    )


def deleted_voices(voices: Iterable[tuple[str, str, datetime, datetime]]) -> str:
    """Those that can be brought back, each with its button: (name, ticket, when, until when)."""
    rows = "".join(
        f"<li><bdi>{escape(name)}</bdi>, deleted {deleted_at:%Y-%m-%d %H:%M} UTC, kept until "
        f'{kept_until:%Y-%m-%d} <button type="button" data-event="undo" '
        f'data-what="{escape(ticket)}" aria-label="Bring {escape(name)} back">Bring back'
        f"</button></li>"
        for name, ticket, deleted_at, kept_until in voices
    )
    if not rows:
        return notice("There is no deleted voice that could be brought back.")
    return (
        f'<div class="vs-notice vs-deleted" data-spoken><span>Deleted voices</span>'
        f'<ul class="vs-bin">{rows}</ul>'
        f'<button type="button" data-event="delete" data-what="ask">Empty the bin</button></div>'
    )


def empty_the_bin(count: int) -> str:
    """The question before the deleted voices go for good."""
    answers = (
        '<button type="button" data-event="delete" data-what="all">Delete for good</button>'
        '<button type="button" data-event="delete" data-what="none">Keep</button>'
    )
    they = "the deleted voice" if count == 1 else f"all {count} deleted voices"
    return notice(f"Delete {they} for good? Nothing brings them back after that.", more=answers)


def details(profile: ProfileMetadata, waves: dict[str, str]) -> str:
    """A voice with all its segments; ``waves`` holds a drawing for each segment id."""
    segments = "".join(
        _segment(profile, segment, number, waves.get(segment.id, ""))
        for number, segment in enumerate(profile.segments, 1)
    )
    traits = profile.characteristics
    return (
        f'<div class="vs-details" data-id="{escape(profile.id)}" '
        f'data-revision="{profile.revision}">'
        f"<h3><bdi>{escape(profile.name)}</bdi></h3>"
        f'<p class="vs-fine">{escape(language_name(profile.language))}, '
        f"saved {profile.updated_at:%Y-%m-%d %H:%M} UTC</p>"
        f'<p class="vs-fine">Consent: <bdi>{escape(profile.consent.statement)}</bdi> '
        f"({profile.consent.given_at:%Y-%m-%d})</p>"
        f'<details class="vs-fine"><summary>Details</summary><p>Revision {profile.revision}, pitch '
        f"{escape(_pitch(traits.f0_median_hz, traits.f0_low_hz, traits.f0_high_hz))}, pace "
        f"{escape(_pace(traits.pace_syllables_per_s))}, loudness {level(traits.lufs, 'LUFS')}.</p>"
        f"</details>{_prompting(profile.defaults.prompting)}"
        f'<ol class="vs-segments">{segments}</ol></div>'
    )


def _prompting(chosen: Prompting) -> str:
    options = "".join(
        f'<option value="{way.value}"{" selected" if way is chosen else ""}>{said}</option>'
        for way, said in PROMPTING.items()
    )
    return (
        f'<form data-event="submit" data-what="{PROMPTING_FORM}">'
        f"<label>How an engine that clones is given the clips"
        f'<select name="value">{options}</select></label><button>Save choice</button></form>'
    )


def _segment(profile: ProfileMetadata, segment: SegmentRecord, number: int, wave: str) -> str:
    report = segment.report
    is_cut = report.trimmed_start_s > 0 or report.trimmed_end_s > 0
    cut = "Undo the cut" if is_cut else "Cut the silence"
    can_cut = "" if segment.original_sha256 else " disabled title='The original was not kept.'"
    pauses = ""
    if report.pauses_shortened_s > 0:
        pauses = (
            f'<button type="button" data-event="edit" data-what="pauses"{can_cut}>'
            f"Bring back the pauses</button>"
        )
    consent = ""
    if segment.consent is not None:
        consent = (
            f'<p class="vs-fine">Consent for this clip: '
            f"<bdi>{escape(segment.consent.statement)}</bdi> "
            f"({segment.consent.given_at:%Y-%m-%d})</p>"
        )
    only = " disabled title='The only clip of this voice.'" if len(profile.segments) == 1 else ""
    source = escape(segment.source_name or segment.id)
    return (
        f'<li data-segment="{escape(segment.id)}"><div class="vs-clip-head"><h4>Clip {number}: '
        f"<bdi>{source}</bdi></h4>"
        f'<span class="vs-chip">{segment.emotion.value}</span>{report_badge(report)}</div>'
        f"{wave}{consent}{report_summary(report)}"
        f'<form data-event="submit"><label>Transcript: the exact words of this clip'
        f'<textarea name="value" rows="2" maxlength="5000" dir="auto">'
        f"{escape(segment.transcript)}</textarea></label><button>Save words</button></form>"
        f'<div class="vs-actions"><button type="button" data-event="play">▶ Play clip {number}'
        f'<span class="vs-sr"> of {escape(profile.name)}</span></button>'
        f'<button type="button" data-event="edit" '
        f'data-what="{"undo" if is_cut else "cut"}"{can_cut}>{cut}</button>{pauses}'
        f'<button type="button" class="vs-danger" data-event="delete"{only}>Remove clip {number}'
        f"</button></div>"
        f"<details><summary>Full quality report ({_tally(report.findings)})</summary>"
        f"{report_table(report)}</details></li>"
    )


def _tally(findings: Iterable[Finding]) -> str:
    verdicts = [finding.verdict for finding in findings]
    counted = [
        f"{verdicts.count(verdict)} {text[2:].lower()}"
        for verdict, (text, _) in VERDICTS.items()
        if verdict in verdicts
    ]
    return ", ".join(counted) or "nothing measured"


def _pitch(median: float | None, low: float | None, high: float | None) -> str:
    if median is None:
        return "not measured"
    if low is None or high is None:
        return f"{median:.0f} Hz"
    return f"{median:.0f} Hz ({low:.0f}–{high:.0f})"


def _pace(syllables_per_s: float | None) -> str:
    return "not measured" if syllables_per_s is None else f"{syllables_per_s:.1f} syllables/s"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
