"""From an exception to one line and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

__all__ = ["FAILED", "INTERRUPTED", "MISSING", "OK", "USAGE", "exit_code", "guarded", "one_line", "report"]

OK, FAILED, USAGE, MISSING, INTERRUPTED, NO_READER = 0, 1, 2, 3, 130, 141
_LONGEST = 1000


def guarded(run: Callable[[], int], *, debug: bool = False) -> int:
    """Run a command; its failure becomes one line on standard error and an exit code."""
    try:
        code = run()
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # whoever read the output has left, as `head` does; nothing may be written at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NO_READER
    except Exception as error:  # noqa: BLE001 - the end of the program: told in one line
        return report(error, debug=debug)


def report(error: Exception, *, debug: bool = False) -> int:
    """Tell the user what went wrong; the exit code."""
    if debug:
        import traceback

        traceback.print_exception(error)
    sys.stdout.flush()
    print(f"ai-sdk: {one_line(error)}", file=sys.stderr, flush=True)
    return exit_code(error)


def exit_code(error: Exception) -> int:
    """Whose failure it is."""
    from ai_sdk.errors import InvalidRequestError, MissingAPIKeyError, MissingExtraError

    if isinstance(error, MissingAPIKeyError | MissingExtraError):
        return MISSING
    return USAGE if isinstance(error, InvalidRequestError) else FAILED


def one_line(error: BaseException) -> str:
    """What went wrong, in one line; an error that is not ours says its class."""
    from ai_sdk.errors import AISDKError, AllModelsFailedError

    if isinstance(error, AllModelsFailedError):
        text = f"{error.message}: {'; '.join(one_line(each) for each in error.exceptions)}"
    elif isinstance(error, AISDKError):
        text = str(error) or type(error).__name__
    else:
        text = f"{type(error).__name__}: {error} (run it with --debug for the traceback)"
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "..."
