"""The review desk: what a data manager or a technician does in the browser. Routes, sessions and permissions, and nothing that computes.

What a page shows comes from the published release and from the templates of the reports; what a person decides goes through
`pbis.pipeline` into the decision log, as `pbis decide` would enter it.
"""

from __future__ import annotations
