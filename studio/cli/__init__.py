"""The command line: the same studio as the page, for scripts and for people at a prompt.

Exit status: 0 done; 2 something the person can mend, said in one sentence on standard error; 130
interrupted. With ``--json``, standard output is one JSON object, also for an error:
``{"error": {"code", "message"}}``.
"""

from __future__ import annotations

from studio.cli.run import main

__all__ = ["main"]
