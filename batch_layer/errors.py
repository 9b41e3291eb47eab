"""What can go wrong in a batch run. Apart from their places of use, since a DAG file names them without importing clients."""

from crm.errors import CrmError


class TopicError(CrmError):
    """A topic on which no exact figure can rest. Trying again does not help."""


class ExpectationError(CrmError):
    """Expectations that do not hold; the message names each with what was observed. Trying again does not help."""


class BuildError(CrmError):
    """dbt failed, with what it said; or the build was refused because readers could see it."""


class PublicationError(CrmError):
    """A publication that would show wrong figures, and was not made."""


class OvertakenError(CrmError):
    """Somebody else has built or published what this run was about to; nothing was published, and running it anew is all that is needed."""


class ErasureError(CrmError):
    """An erasure whose certificate still finds the customer."""
