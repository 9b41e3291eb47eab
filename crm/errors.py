"""Errors that a user can act on: the command line prints their text without a traceback and exits with `exit_code`."""


class CrmError(Exception):
    """Something the user can mend; the message names the file, line, field, topic or offset and what to do."""

    exit_code = 1


class UsageError(CrmError):
    """A request that makes no sense as it was made."""

    exit_code = 2


class NotReadyError(CrmError):
    """A service that the request needs is not running or not yet ready."""

    exit_code = 3
