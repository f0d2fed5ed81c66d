"""Everything that can go wrong and that a person can mend, as one tree.

StudioError                     shown to the person as it is: what is wrong, and what to do next
├── SettingsError               a setting is unknown or out of range
├── OptionsError                a speech option is out of range
├── TextError                   the text cannot be spoken (empty, too long, no words)
├── ConsentError                no consent statement was given for a voice
├── ClipError                   a clip cannot become a segment
│   ├── UnreadableClipError     not audio, damaged, or of a kind nobody can decode
│   ├── ClipTooLargeError       decoding it would break the bounds (bytes, seconds, channels)
│   └── ClipRefusedError        it decodes, but holds no usable speech
├── ProfileError                a profile cannot be used as asked
│   ├── ProfileNameError        the name cannot be used
│   ├── ProfileNotFoundError
│   ├── ProfileExistsError
│   ├── ProfileChangedError     somebody else saved it in between (revision check)
│   ├── ProfileDamagedError     metadata or a file does not match its schema or its hash
│   └── ProfileTooNewError      written by a newer version of the studio
├── ArchiveError                a .voiceprofile file is damaged, hostile or not one at all
│   └── SeveralVoicesError      it is a backup, where one voice was asked for
├── StorageError                the disk said no (full, read-only, permission)
├── QuotaError                  it would be more than one owner may keep on a shared page
├── BusyError                   too many are waiting already; try again in a while
├── AnalysisUnavailableError    something that listens to clips is not installed
└── EngineError                 an engine could not speak
    ├── EngineUnavailableError  it is not installed, or its weights are not there
    └── ContextMismatchError    a cached context belongs to other weights or another voice

``Stopped`` is no error and stands apart: whoever listens to progress raises it to end the work.

A message is one or two plain sentences: what is wrong, then what to do, with the valid choices
where there are any. ``code`` is the stable name for machines.
"""

from __future__ import annotations


class StudioError(Exception):
    """Base of every error the studio raises on purpose; its message is for the person."""

    code = "error"


class SettingsError(StudioError):
    code = "settings"


class OptionsError(StudioError):
    code = "options"


class TextError(StudioError):
    code = "text"


class ConsentError(StudioError):
    code = "consent"


class ClipError(StudioError):
    code = "clip"


class UnreadableClipError(ClipError):
    code = "clip_unreadable"


class ClipTooLargeError(ClipError):
    code = "clip_too_large"


class ClipRefusedError(ClipError):
    code = "clip_refused"


class ProfileError(StudioError):
    code = "profile"


class ProfileNameError(ProfileError):
    code = "profile_name"


class ProfileNotFoundError(ProfileError):
    code = "profile_not_found"


class ProfileExistsError(ProfileError):
    code = "profile_exists"


class ProfileChangedError(ProfileError):
    code = "profile_changed"


class ProfileDamagedError(ProfileError):
    code = "profile_damaged"


class ProfileTooNewError(ProfileError):
    code = "profile_too_new"


class ArchiveError(StudioError):
    code = "archive"


class SeveralVoicesError(ArchiveError):
    code = "several_voices"


class StorageError(StudioError):
    code = "storage"


class QuotaError(StudioError):
    code = "quota"


class BusyError(StudioError):
    code = "busy"


class AnalysisUnavailableError(StudioError):
    code = "analysis_unavailable"


class EngineError(StudioError):
    code = "engine"


class EngineUnavailableError(EngineError):
    code = "engine_unavailable"


class ContextMismatchError(EngineError):
    code = "context_mismatch"


class Stopped(Exception):  # noqa: N818 - not an error
    """Raised by a progress callback: the work that reports ends there and nothing of it is kept.

    It passes through every layer to whoever gave the callback, and is not for a person to read.
    """
